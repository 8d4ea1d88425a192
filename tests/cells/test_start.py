"""How weights start: the distributions of torch and of Keras, and the gate biases that are asked for."""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rnnbench.cell import Cell
from rnnbench.parameters import resolve
from rnnbench.parts.gates import gate
from rnnbench.parts.initialise import draw
from rnnbench.registry import CELLS

Array = NDArray[np.float64]
DRAWS = 2000
GATES = {"srnn": 1, "lstm": 4, "gru": 3}
ORTHOGONAL = ["orthogonal", "orthogonal_svd"]
KERAS = ["keras2", "keras3"]


def make(text: str, inputs: int = 1, hidden: int = 1) -> Cell:
    resolved = resolve(CELLS, text)
    cell: Cell = CELLS[resolved.name](inputs, hidden, **resolved.parameters).double()
    return cell


def starts(text: str, parameter: str, count: int = DRAWS, inputs: int = 1, hidden: int = 1) -> Array:
    """``count`` draws of one parameter of the cell ``text``."""
    cell, rng, drawn = make(text, inputs, hidden), np.random.default_rng(0), []
    for _ in range(count):
        cell.reset_parameters(rng)
        drawn.append(cell.get_parameter(parameter).detach().numpy().copy())
    return np.array(drawn)


def drawn_from(text: str, seed: int, hidden: int) -> dict[str, Array]:
    cell = make(text, 2, hidden)
    cell.reset_parameters(np.random.default_rng(seed))
    return {name: parameter.detach().numpy() for name, parameter in cell.named_parameters()}


@pytest.mark.parametrize("like", KERAS)
@pytest.mark.parametrize(
    ("name", "limit"),
    [
        # sqrt(6/(fan_in + fan_out)), all gates of a cell one matrix: sqrt(6/2), sqrt(6/4), sqrt(6/5)
        ("srnn", 1.7320508),
        ("gru", 1.2247449),
        ("lstm", 1.0954451),
    ],
)
def test_glorot_limits_of_one_unit(name: str, limit: float, like: str) -> None:
    values = starts(f"{name}[like={like}]", "kernel")
    assert values.shape == (DRAWS, 1, GATES[name])
    largest = np.abs(values).max()
    assert 0.995 * limit < largest <= limit + 1e-7
    # uniform: variance limit²/3, and each of ten bins holds a tenth
    counts, _ = np.histogram(values, bins=10, range=(-limit, limit))
    assert np.abs(counts / values.size - 0.1).max() < 4.5 * math.sqrt(0.1 * 0.9 / values.size)


@pytest.mark.parametrize(("rows", "columns", "limit"), [(1, 1, 1.7320508), (2, 12, 0.6546537), (8, 8, 0.6123724)])
def test_glorot_limits(rows: int, columns: int, limit: float) -> None:
    rng = np.random.default_rng(3)
    values = np.array([draw("glorot", rng, (rows, columns), 7) for _ in range(DRAWS)])
    assert 0.995 * limit < np.abs(values).max() <= limit + 1e-7


@pytest.mark.parametrize("like", KERAS)
def test_one_recurrent_weight_of_keras_is_plus_or_minus_one(like: str) -> None:
    values = starts(f"srnn[like={like}]", "recurrent").ravel()
    assert set(values) == {-1.0, 1.0}
    assert abs(np.mean(values == 1.0) - 0.5) < 4.5 * 0.5 / math.sqrt(DRAWS)


@pytest.mark.parametrize("how", ORTHOGONAL)
def test_orthogonal_of_one_by_one(how: str) -> None:
    rng = np.random.default_rng(4)
    values = np.array([draw(how, rng, (1, 1), 1).item() for _ in range(DRAWS)])
    assert set(values) == {-1.0, 1.0}
    assert abs(np.mean(values == 1.0) - 0.5) < 4.5 * 0.5 / math.sqrt(DRAWS)


@pytest.mark.parametrize("like", KERAS)
@pytest.mark.parametrize(("name", "rms"), [("lstm", 0.5), ("gru", 0.5773503)])
def test_one_unit_of_a_gated_cell_has_a_recurrent_row_of_unit_norm(name: str, rms: float, like: str) -> None:
    values = starts(f"{name}[like={like}]", "recurrent")[:, 0]
    assert values.shape == (DRAWS, GATES[name])
    np.testing.assert_allclose(np.linalg.norm(values, axis=1), 1.0, rtol=0, atol=1e-12)
    # a random direction: no gate is preferred, and (with one exception, below) no sign
    np.testing.assert_allclose(np.sqrt(np.mean(values**2, axis=0)), rms, rtol=0.05)
    first = 1 if name == "gru" else 0  # where our order has the gate that Keras draws first: z, or i
    assert (values[:, first] < 0).all() == (like == "keras2")  # an SVD of one row fixes that sign
    free = values if like == "keras3" else np.delete(values, first, axis=1)
    assert np.abs(free.mean(axis=0)).max() < 4.5 * rms / math.sqrt(DRAWS)
    assert np.abs(np.mean(free > 0, axis=0) - 0.5).max() < 4.5 * 0.5 / math.sqrt(DRAWS)


@pytest.mark.parametrize("columns", [3, 4])
def test_singular_vectors_of_one_row_start_below_zero(columns: int) -> None:
    """LAPACK's Householder convention, which Keras 2 inherits: in a row drawn by SVD the first weight is negative."""
    rng = np.random.default_rng(8)
    values = np.array([draw("orthogonal_svd", rng, (1, columns), 1)[0] for _ in range(DRAWS)])
    assert (values[:, 0] < 0).all()


def test_the_input_gate_of_one_unit_of_keras2_starts_inhibited() -> None:
    """i stands first in Keras 2 as it does here: its recurrent weight is the negative one."""
    assert (starts("lstm[like=keras2]", "recurrent")[:, 0, 0] < 0).all()


@pytest.mark.parametrize("shape", [(1, 4), (3, 3), (8, 8), (3, 12), (12, 3)])
@pytest.mark.parametrize("how", ORTHOGONAL)
def test_orthogonal_matrices(how: str, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(6)
    for _ in range(20):
        q = draw(how, rng, shape, shape[0])
        assert q.shape == shape
        product = q @ q.T if shape[0] <= shape[1] else q.T @ q
        np.testing.assert_allclose(product, np.eye(min(shape)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("hidden", [1, 3, 8])
@pytest.mark.parametrize("like", KERAS)
@pytest.mark.parametrize("name", GATES)
def test_the_recurrent_matrix_of_keras_is_orthogonal(name: str, like: str, hidden: int) -> None:
    recurrent = drawn_from(f"{name}[like={like}]", 0, hidden)["recurrent"]
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(hidden), rtol=0, atol=1e-12)


@pytest.mark.parametrize("like", KERAS)
@pytest.mark.parametrize("name", ["srnn", "gru"])
def test_biases_of_keras_start_at_zero(name: str, like: str) -> None:
    drawn = drawn_from(f"{name}[like={like}]", 0, 3)
    assert all((value == 0).all() for key, value in drawn.items() if key.startswith("bias"))


@pytest.mark.parametrize("hidden", [1, 3])
@pytest.mark.parametrize("like", KERAS)
def test_unit_forget_bias_of_keras(like: str, hidden: int) -> None:
    drawn = drawn_from(f"lstm[like={like}]", 0, hidden)
    assert {key for key in drawn if key.startswith("bias")} == {"bias.0"}
    assert drawn["bias.0"].tolist() == [0.0] * hidden + [1.0] * hidden + [0.0] * (2 * hidden)


@pytest.mark.parametrize(("like", "kept"), [("keras2", 0.7), ("keras3", 0.7310586)])
def test_the_forget_gate_of_keras_at_the_start(like: str, kept: float) -> None:
    """Without input or output to read, one step keeps hard_sigmoid(1) = 0.7 or σ(1) = 1/(1 + 1/e) of the cell."""
    cell = make(f"lstm[like={like}]")
    cell.reset_parameters(np.random.default_rng(0))
    zero, one = torch.zeros(1, 1).double(), torch.ones(1, 1).double()
    _, (_, c) = cell.step(zero, (zero, one))
    assert c.item() == pytest.approx(kept, abs=1e-7)
    assert gate("hard_sigmoid", one).item() == pytest.approx(0.7, abs=1e-15)


@pytest.mark.parametrize("hidden", [1, 3])
@pytest.mark.parametrize("base", ["like=torch", "like=keras2", "like=keras3", "like=torch,bias_init=zeros"])
@pytest.mark.parametrize(
    ("name", "option", "position"),
    [("lstm", "input_bias", 0), ("lstm", "forget_bias", 1), ("gru", "update_bias", 1)],
)
def test_a_gate_bias_sets_the_sum_of_both_and_nothing_else(
    name: str, option: str, position: int, base: str, hidden: int
) -> None:
    with_option = drawn_from(f"{name}[{base},{option}=-5.3]", 1, hidden)
    without = drawn_from(f"{name}[{base}]", 1, hidden)
    biases = sorted(key for key in without if key.startswith("bias"))
    here = slice(position * hidden, (position + 1) * hidden)
    total = np.sum([with_option[key] for key in biases], axis=0)
    assert total[here].tolist() == [-5.3] * hidden
    for key, value in without.items():
        same = with_option[key].copy()
        if key in biases:
            same[here] = value[here]
        assert (same == value).all(), key


def test_both_gate_biases_of_an_lstm_at_once() -> None:
    drawn = drawn_from("lstm[forget_bias=5.3,input_bias=-5.3]", 0, 2)
    total = drawn["bias.0"] + drawn["bias.1"]
    assert total[:4].tolist() == [-5.3, -5.3, 5.3, 5.3]
    assert (np.abs(total[4:]) < 2 * 2**-0.5).all()


def test_a_high_update_bias_keeps_the_state() -> None:
    """z keeps the old state: σ(5.3) = 1/(1 + e^−5.3) = 1/(1 + 0.00499159) = 0.9950332 of it, when n is 0."""
    cell = make("gru[like=keras3,update_bias=5.3]")
    cell.reset_parameters(np.random.default_rng(0))
    with torch.no_grad():
        cell.get_parameter("recurrent").zero_()
    h, _ = cell.step(torch.zeros(1, 1).double(), (torch.ones(1, 1).double(),))
    assert h.item() == pytest.approx(0.9950332, abs=1e-7)
