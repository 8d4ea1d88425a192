"""expRNN and scoRNN against numpy; the recurrent matrix is orthogonal, whatever is learned."""

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from tests.cells.over_time import Array, make, noise, outputs, shaken, weights

TEXTS = ["orthogonal", "orthogonal[like=scornn]", "orthogonal[nonlinearity=tanh,negative=0.4]"]


def recurrent(text: str, skew: Array, hidden: int) -> Array:
    """W from A's upper triangle, by series or by the inverse, as the papers write it."""
    a = np.zeros((hidden, hidden))
    places = iter(skew)
    for row in range(hidden):
        for column in range(row + 1, hidden):
            a[row, column] = next(places)
            a[column, row] = -a[row, column]
    share = {"orthogonal": 0.0, "orthogonal[like=scornn]": 0.5, "orthogonal[nonlinearity=tanh,negative=0.4]": 0.4}
    d = np.diag([-1.0 if unit < round(share[text] * hidden) else 1.0 for unit in range(hidden)])
    one = np.eye(hidden)
    return np.asarray((np.linalg.inv(one + a) @ (one - a) if "scornn" in text else expm(a)) @ d)


@pytest.mark.parametrize("hidden", [1, 2, 5])
@pytest.mark.parametrize("text", TEXTS)
def test_equals_the_papers_equations(text: str, hidden: int) -> None:
    cell, x = shaken(text, 2, hidden), noise(6, 3, 2)
    own = weights(cell)
    w, t, b = recurrent(text, own["skew"], hidden), own["kernel"].T, own["bias"]
    for row in range(3):
        h = np.zeros(hidden)
        for time in range(6):
            z = w @ h + t @ x[time, row]
            h = np.tanh(z + b) if "tanh" in text else np.where(np.abs(z) + b > 0, np.sign(z) * (np.abs(z) + b), 0.0)
            np.testing.assert_allclose(outputs(cell, x)[time, row], h, rtol=0, atol=1e-12)


@pytest.mark.parametrize("hidden", [1, 3, 8])
@pytest.mark.parametrize("text", TEXTS)
def test_the_recurrent_matrix_is_orthogonal(text: str, hidden: int) -> None:
    for cell in (make(text, 1, hidden), shaken(text, 1, hidden, 3.0)):
        w = cell.derive()["w"].detach().numpy()
        np.testing.assert_allclose(w @ w.T, np.eye(hidden), rtol=0, atol=1e-12)
        negatives = {"orthogonal": 0, "orthogonal[like=scornn]": round(0.5 * hidden)}.get(text, round(0.4 * hidden))
        assert np.linalg.det(w) == pytest.approx((-1.0) ** negatives)


def test_two_units_by_hand() -> None:
    """exp of [[0, s], [-s, 0]] turns by s; Cayley's form of it by 2 arctan(s): with s = 1, by 90 degrees."""
    for text, s, expected in (
        ("orthogonal", np.pi / 2, [[0.0, 1.0], [-1.0, 0.0]]),
        ("orthogonal[parametrisation=cayley]", 1.0, [[0.0, -1.0], [1.0, 0.0]]),
        ("orthogonal[parametrisation=cayley,negative=0.5]", 1.0, [[0.0, -1.0], [-1.0, 0.0]]),
    ):
        cell = make(text, 1, 2)
        with torch.no_grad():
            cell.get_parameter("skew").fill_(s)
        np.testing.assert_allclose(cell.derive()["w"].detach().numpy(), expected, rtol=0, atol=1e-12)


def test_the_state_keeps_its_length_without_input_or_bias() -> None:
    cell = make("orthogonal", 1, 8)
    with torch.no_grad():
        cell.get_parameter("bias").zero_()
    x = np.zeros((40, 1, 1))
    x[0] = 1.0
    lengths = np.linalg.norm(outputs(cell, x)[:, 0], axis=1)
    np.testing.assert_allclose(lengths, lengths[0], rtol=1e-12)


def test_start() -> None:
    """Henaff's angles fill ±π; Cayley's entries are tan(t/2) below one, with t uniform up to 90 degrees."""
    drawn = {
        like: np.array([weights(make(f"orthogonal[like={like}]", 2, 5, seed))["skew"] for seed in range(400)])
        for like in ("exprnn", "scornn")
    }
    pairs = [0, 7]  # (0, 1) and (2, 3) among the ten places above the diagonal of 5 x 5
    for skew in drawn.values():
        assert (np.delete(skew, pairs, axis=1) == 0).all()
    angles = drawn["exprnn"][:, pairs]
    assert 0.98 * np.pi < np.abs(angles).max() < np.pi
    assert np.var(angles) == pytest.approx(np.pi**2 / 3, rel=0.1)
    turned = 2 * np.arctan(drawn["scornn"][:, pairs])
    assert 0 < turned.min() < 0.02 < 1.55 < turned.max() < np.pi / 2
    assert np.mean(turned) == pytest.approx(np.pi / 4, rel=0.1)
    kernels = np.array([weights(make("orthogonal", 2, 5, seed))["kernel"] for seed in range(400)])
    assert np.var(kernels) == pytest.approx(1.0, rel=0.1)  # 2 / inputs


def test_state_and_parameters_are_counted() -> None:
    cell = make("orthogonal", 2, 5)
    assert cell.state_size == 5
    assert sum(value.size for value in weights(cell).values()) == 2 * 5 + 10 + 5
