"""coRNN and LEM against numpy, and by hand."""

import numpy as np
import pytest
import torch

from tests.cells.over_time import make, noise, outputs, shaken, sigmoid, weights

VALUES = {
    "cornn": (0.042, 2.7, 4.7),
    "cornn[like=psmnist]": (0.076, 0.4, 8.0),
    "cornn[like=adding]": (0.06, 66.0, 15.0),
}


@pytest.mark.parametrize("text", VALUES)
def test_cornn_equals_the_papers_equations(text: str) -> None:
    cell, x = shaken(text, 2, 3), noise(9, 4, 2)
    own, (dt, gamma, epsilon) = weights(cell), VALUES[text]
    y = z = np.zeros((4, 3))
    for u, output in zip(x, outputs(cell, x), strict=True):
        pull = np.tanh(y @ own["w"] + z @ own["w_z"] + u @ own["v"] + own["b"])
        y, z = (
            y + dt * (z + dt * pull - dt * gamma * y - dt * epsilon * z),
            z + dt * pull - dt * gamma * y - dt * epsilon * z,
        )
        np.testing.assert_allclose(output, y, rtol=0, atol=1e-12)


def test_cornn_without_force_is_a_damped_oscillator() -> None:
    """Steps of a thousandth follow e^(−t/2) sin(2 t)/2, the solution of y'' = −4.25 y − y' from y = 0 and y' = 1."""
    cell = make("cornn[dt=0.001,gamma=4.25,epsilon=1]", 1, 1)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
    y, z = torch.zeros(1, 1).double(), torch.ones(1, 1).double()
    for _ in range(1500):
        _, (y, z) = cell.step(torch.zeros(1, 1).double(), (y, z))
    assert y.item() == pytest.approx(np.exp(-0.75) * np.sin(3.0) / 2.0, abs=1e-3)


def test_cornn_starts_within_the_bounds_of_one_linear_layer() -> None:
    values = np.concatenate([value.ravel() for value in weights(make("cornn", 2, 40)).values()])
    bound = (2 + 80) ** -0.5
    assert 0.995 * bound < np.abs(values).max() <= bound


@pytest.mark.parametrize(("text", "dt"), [("lem", 1.0), ("lem[like=adding]", 0.0242), ("lem[like=psmnist]", 0.31)])
def test_lem_equals_the_papers_equations(text: str, dt: float) -> None:
    cell, x = shaken(text, 2, 3), noise(9, 4, 2)
    own = weights(cell)
    w1, w2, w_z = np.split(own["w"], 3, axis=1)
    (v1, v2, v_z, v_y), (b1, b2, b_z, b_y) = np.split(own["v"], 4, axis=1), np.split(own["b"], 4)
    y = z = np.zeros((4, 3))
    for u, output in zip(x, outputs(cell, x), strict=True):
        first = dt * sigmoid(y @ w1 + u @ v1 + b1)
        second = dt * sigmoid(y @ w2 + u @ v2 + b2)
        z = (1 - first) * z + first * np.tanh(y @ w_z + u @ v_z + b_z)
        y = (1 - second) * y + second * np.tanh(z @ own["w_y"] + u @ v_y + b_y)
        np.testing.assert_allclose(output, y, rtol=0, atol=1e-12)


def test_lem_by_hand() -> None:
    """All weights nought, b_z and b_y large: both steps are one half, and z and y go half of the way to one."""
    cell = make("lem", 1, 1)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.get_parameter("b")[2:] = 30.0
    np.testing.assert_allclose(outputs(cell, np.zeros((3, 1, 1))).ravel(), [0.5, 0.75, 0.875], rtol=0, atol=1e-12)


def test_states_are_counted() -> None:
    assert make("cornn", 1, 5).state_size == make("lem", 1, 5).state_size == 10
