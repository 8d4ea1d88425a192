"""The Legendre memory unit against numpy, and its memory against what it remembers."""

import numpy as np
import pytest
from numpy.polynomial import legendre
from scipy.integrate import solve_ivp

from tests.cells.over_time import Array, make, noise, outputs, shaken, weights


def continuous(order: int) -> tuple[Array, Array]:
    """A and B as the paper lists them, entry by entry."""
    a, b = np.zeros((order, order)), np.zeros(order)
    for i in range(order):
        b[i] = (2 * i + 1) * (-1) ** i
        for j in range(order):
            a[i, j] = (2 * i + 1) * (-1 if i < j else (-1) ** (i - j + 1))
    return a, b


def held(order: int, theta: float) -> tuple[Array, Array]:
    """One step of zero-order hold by numerical integration of θ m' = A m + B u."""
    a, b = continuous(order)

    def after(m: Array, u: float) -> Array:
        made = solve_ivp(lambda _, m: (a @ m + b * u) / theta, (0, 1), m, method="DOP853", rtol=1e-12, atol=1e-14)
        return np.asarray(made.y[:, -1])

    return np.stack([after(row, 0.0) for row in np.eye(order)], axis=1), after(np.zeros(order), 1.0)


@pytest.mark.parametrize(("order", "theta"), [(1, 2.0), (4, 10.0)])
def test_equals_the_papers_equations(order: int, theta: float) -> None:
    cell, x = shaken(f"lmu[order={order},theta={theta}]", 2, 3), noise(8, 4, 2)
    own, (a, b) = weights(cell), held(order, theta)
    h, m = np.zeros((4, 3)), np.zeros((4, order))
    for now, output in zip(x, outputs(cell, x), strict=True):
        u = now @ own["e_x"] + h @ own["e_h"] + m @ own["e_m"]
        m = m @ a.T + u * b
        h = np.tanh(now @ own["w_x"] + h @ own["w_h"] + m @ own["w_m"])
        np.testing.assert_allclose(output, h, rtol=0, atol=1e-10)


def test_order_one_by_hand() -> None:
    """m' = (u − m)/θ: Ā = e^(−1/θ), B̄ = 1 − Ā."""
    derived = make("lmu[order=1,theta=2]", 1, 1).derive()
    assert derived["a"].item() == pytest.approx(np.exp(-0.5))
    assert derived["b"].item() == pytest.approx(1 - np.exp(-0.5))


def test_the_memory_holds_a_window() -> None:
    """Shifted Legendre polynomials weighted by m give back a slow input of θ/2 steps ago."""
    derived = make("lmu[order=8,theta=40]", 1, 1).derive()
    m, signal = np.zeros(8), np.sin(np.arange(100) / 9)
    for u in signal:
        m = derived["a"].numpy() @ m + derived["b"].numpy()[0] * u
    for delay in (0.0, 0.25, 0.5, 0.75):
        back = legendre.legval(2 * delay - 1, m)
        when = 99.5 - 40 * delay  # the last input is held for one step
        assert back == pytest.approx(np.interp(when, np.arange(100) + 0.5, signal), abs=0.06)


def test_start() -> None:
    drawn = [weights(make("lmu[order=6]", 2, 9, seed)) for seed in range(300)]
    assert all((own["e_m"] == 0).all() for own in drawn)
    for name, fan in (("e_x", 2), ("e_h", 9)):
        largest = max(np.abs(own[name]).max() for own in drawn)
        assert 0.98 * (3 / fan) ** 0.5 < largest <= (3 / fan) ** 0.5
    for name, sides in (("w_x", 11), ("w_h", 18), ("w_m", 15)):
        assert np.var([own[name] for own in drawn]) == pytest.approx(2 / sides, rel=0.1)


def test_the_state_is_counted() -> None:
    assert make("lmu[order=6]", 2, 9).state_size == 15
