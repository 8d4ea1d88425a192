"""LRU, S4D and Mamba: complex numbers in numpy, closed forms, distributions at the start."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.special import expit

from tests.cells.over_time import Array, make, noise, outputs, shaken, weights


def gelu(x: Array) -> Array:
    """Its tanh form."""
    return np.asarray(x * expit(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def silu(x: Array) -> Array:
    return np.asarray(x * expit(x))


@pytest.mark.parametrize("text", ["lru", "lru[activation=none]"])
def test_lru_is_a_convolution_with_powers_of_lambda(text: str) -> None:
    cell, x = shaken(text, 2, 3, 0.1), noise(12, 4, 2)
    own, time = weights(cell), 12
    eigenvalues = np.exp(-np.exp(own["nu_log"]) + 1j * np.exp(own["theta_log"]))
    b, c = own["b_re"] + 1j * own["b_im"], own["c_re"] + 1j * own["c_im"]
    kernel = np.stack([np.real((np.exp(own["gamma_log"]) * b * eigenvalues**t) @ c) for t in range(time)])
    y = np.stack([sum(x[s] @ kernel[t - s] for s in range(t + 1)) + x[t] @ own["d"] for t in range(time)])
    expected = gelu(y) if text == "lru" else y
    np.testing.assert_allclose(outputs(cell, x), expected, rtol=0, atol=1e-12)


def test_lru_by_hand() -> None:
    """Λ = i/2, B = C = 1, γ = 1, D = 0 and one impulse: Re of (i/2)^t."""
    cell = make("lru[activation=none]", 1, 1)
    values = {"nu_log": math.log(math.log(2)), "theta_log": math.log(math.pi / 2), "b_re": 1.0, "c_re": 1.0}
    with torch.no_grad():
        for name, parameter in cell.named_parameters():
            parameter.fill_(values.get(name, 0.0))
    x = np.zeros((5, 1, 1))
    x[0] = 1.0
    np.testing.assert_allclose(outputs(cell, x).ravel(), [1, 0, -0.25, 0, 0.0625], rtol=0, atol=1e-12)


def test_lru_starts_on_the_ring() -> None:
    cell = make("lru[r_min=0.8,r_max=0.9,max_phase=1.5]", 2, 1000)
    own = {name: weights(cell)[name] for name in ("nu_log", "theta_log", "gamma_log", "b_re", "d")}
    radii, phases = np.exp(-np.exp(own["nu_log"])), np.exp(own["theta_log"])
    # uniform on the ring: squares of radii are uniform, and so are phases
    assert (radii.min(), radii.max()) == pytest.approx((0.8, 0.9), abs=1e-3)
    assert np.mean(radii**2) == pytest.approx(0.725, abs=0.007)
    assert (phases.min(), phases.max()) == pytest.approx((0, 1.5), abs=0.01)
    assert np.mean(phases) == pytest.approx(0.75, abs=0.06)
    np.testing.assert_allclose(np.exp(own["gamma_log"]), np.sqrt(1 - radii**2), rtol=1e-10)
    assert np.var(own["b_re"]) == pytest.approx(0.25, rel=0.1)
    assert np.var(own["d"]) == pytest.approx(0.5, rel=0.1)


def hold(a: complex, dt: float) -> tuple[complex, complex]:
    """Ā and B̄ of x' = a x + u over one step of length ``dt``, integrated numerically."""

    def after(start: float, u: float) -> complex:
        made = solve_ivp(lambda _, x: a * x + u, (0, dt), [start + 0j], method="DOP853", rtol=1e-12, atol=1e-14)
        return complex(made.y[0, -1])

    return after(1.0, 0.0), after(0.0, 1.0)


@pytest.mark.parametrize("text", ["s4d[state=6]", "s4d[like=inv,state=4,activation=none]"])
def test_s4d_is_a_convolution_with_powers_of_a(text: str) -> None:
    cell, x = shaken(text, 2, 3, 0.1), noise(10, 4, 2)
    own, time = weights(cell), 10
    a, c, dt = -np.exp(own["a_log"]) + 1j * own["a_im"], own["c_re"] + 1j * own["c_im"], np.exp(own["dt_log"])
    pairs = np.array([[hold(a[n, h], dt[h]) for h in range(3)] for n in range(len(a))])
    kernel = np.stack([2 * np.real(c * pairs[..., 0] ** t * pairs[..., 1]).sum(0) for t in range(time)])
    v = x @ own["kernel"]
    y = np.stack([sum(kernel[t - s] * v[s] for s in range(t + 1)) + own["d"] * v[t] for t in range(time)])
    expected = y if "none" in text else gelu(y)
    np.testing.assert_allclose(outputs(cell, x), expected, rtol=0, atol=1e-10)


def test_s4d_starts_as_the_paper_says() -> None:
    """S4D-Lin: −1/2 + iπn. S4D-Inv of N = 8: imaginary parts 8/π (8/(2n + 1) − 1), by hand 17.8254, 4.2441, 1.5279."""
    own, inverse = weights(make("s4d", 1, 2)), weights(make("s4d[like=inv]", 1, 2))
    np.testing.assert_allclose(-np.exp(own["a_log"]), np.full((4, 2), -0.5), rtol=1e-12)
    np.testing.assert_allclose(own["a_im"][:, 1], [0, math.pi, 2 * math.pi, 3 * math.pi], rtol=1e-12)
    np.testing.assert_allclose(inverse["a_im"][:3, 0], [17.8254, 4.2441, 1.5279], atol=1e-4)
    many = weights(make("s4d[state=2]", 1, 5000))
    assert np.log(0.001) <= many["dt_log"].min() < np.log(0.00101)
    assert np.log(0.099) < many["dt_log"].max() <= np.log(0.1)
    assert np.mean(many["dt_log"]) == pytest.approx(np.log(0.01), abs=0.1)
    assert np.var(many["c_im"]) == pytest.approx(0.5, rel=0.1)
    assert np.var(many["d"]) == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize(("text", "state", "width"), [("mamba", 8, 4), ("mamba[state=3,convolution=1]", 3, 1)])
@pytest.mark.parametrize("hidden", [3, 17])
def test_mamba_equals_the_papers_equations(text: str, state: int, width: int, hidden: int) -> None:
    cell, x = shaken(text, 2, hidden, 0.2), noise(7, 1, 2)
    own, made = weights(cell), outputs(cell, x)
    assert own["w_down"].shape == (hidden, 1 + (hidden > 16))
    inner = [np.zeros(hidden)] * (width - 1) + [now[0] @ own["w_u"] for now in x]
    a, h = -np.exp(own["a_log"]), np.zeros((state, hidden))
    for time in range(7):
        u = silu(sum(own["w_conv"][k] * inner[time + k] for k in range(width)) + own["b_conv"])
        delta = np.log1p(np.exp(u @ own["w_down"] @ own["w_delta"] + own["b_delta"]))
        b, c = u @ own["w_b"], u @ own["w_c"]
        for unit in range(hidden):
            for n in range(state):
                h[n, unit] = np.exp(delta[unit] * a[n, unit]) * h[n, unit] + delta[unit] * b[n] * u[unit]
        y = (c @ h + own["d"] * u) * silu(x[time, 0] @ own["w_z"])
        np.testing.assert_allclose(made[time, 0], y, rtol=0, atol=1e-12)


def test_mamba_forgets_what_its_step_says() -> None:
    """One unit, one number, A = −1: a large Δ of softplus(b_Δ) = ln 2 halves the state at each step."""
    cell = make("mamba[state=1,convolution=1]", 1, 1)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
    _, (h,) = cell.step(torch.zeros(1, 1).double(), (torch.full((1, 1), 8.0).double(),))
    assert h.item() == pytest.approx(4.0)


def test_mamba_starts_as_the_paper_says() -> None:
    own = weights(make("mamba", 2, 400))
    np.testing.assert_allclose(-np.exp(own["a_log"][:, 7]), -np.arange(1.0, 9.0), rtol=1e-12)
    delta = np.log1p(np.exp(own["b_delta"]))
    assert 0.001 <= delta.min() < 0.0011 < 0.09 < delta.max() <= 0.1
    assert np.mean(np.log(delta)) == pytest.approx(np.log(0.01), abs=0.2)
    assert (own["d"] == 1).all()
    for name, fan in (("w_u", 2), ("w_conv", 4), ("b_conv", 4), ("w_b", 400), ("w_delta", 25)):
        assert 0.97 * fan**-0.5 < np.abs(own[name]).max() <= fan**-0.5


def test_states_are_counted() -> None:
    assert make("lru", 2, 5).state_size == 10
    assert make("s4d[state=6]", 2, 5).state_size == 30
    assert make("mamba[state=6]", 2, 5).state_size == 30 + 3 * 5
