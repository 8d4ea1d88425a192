"""The minimal problem of Bengio et al. 1994 against its derivation, finite differences and the paper's figure."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rnnbench.explain import minimal
from rnnbench.explain.minimal import (
    Problem,
    bound,
    converged,
    converged_after,
    critical_input,
    guesses,
    last_states,
    succeeded,
)


@pytest.mark.parametrize("w", [1.1, 1.25, 2.0])
def test_the_critical_input_is_the_derived_one(w: float) -> None:
    """x* = sqrt(1 - 1/w), h* = w x* - atanh(x*): where the map's upper fixed points meet."""
    x = math.sqrt(1 - 1 / w)
    assert critical_input(w) == pytest.approx(w * x - math.atanh(x), abs=1e-6)


def test_the_critical_input_of_the_paper() -> None:
    assert round(critical_input(1.25), 3) == 0.078


@pytest.mark.parametrize(
    ("noise", "expected"),
    [(0.2, {10: 0.986, 20: 0.897, 40: 0.746, 60: 0.633}), (math.sqrt(0.2), {10: 0.617, 20: 0.353, 40: 0.257})],
)
def test_the_bound(noise: float, expected: dict[int, float]) -> None:
    for length, value in expected.items():
        got = bound(Problem(length, noise=noise), 100_000, np.random.default_rng(0))
        assert got == pytest.approx(value, abs=0.012)


def test_a_variance_of_a_fifth_is_ruled_out_by_the_figure() -> None:
    """Fig. 2(b) shows 1.00 at T = 10 with w fixed at 1.25."""
    assert bound(Problem(10, noise=math.sqrt(0.2)), 100_000, np.random.default_rng(1)) < 0.64


def test_slopes_are_those_of_finite_differences() -> None:
    rng = np.random.default_rng(2)
    problem, runs = Problem(7, sequences=2), 3
    noise, h, w = rng.normal(0, 0.2, (4, runs, 2, 2)), rng.normal(0, 0.3, (runs, 2, 3)), rng.normal(1.2, 0.1, runs)

    def cost(w: minimal.Floats, h: minimal.Floats) -> minimal.Floats:
        return np.asarray(0.5 * ((minimal._states(w, h, noise)[-1] - minimal.WANTED) ** 2).sum((1, 2)))

    slope_w, slope_h = minimal._slopes(w, minimal._states(w, h, noise), problem.inputs)
    step = 1e-6
    np.testing.assert_allclose(slope_w, (cost(w + step, h) - cost(w - step, h)) / (2 * step), rtol=1e-6, atol=1e-9)
    for place in np.ndindex(2, 3):
        moved = np.zeros_like(h)
        moved[(slice(None), *place)] = step
        wanted = (cost(w, h + moved) - cost(w, h - moved)) / (2 * step)
        np.testing.assert_allclose(slope_h[(slice(None), *place)], wanted, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("problem", [{}, {"train_w": False, "sequences": 2, "learning_rate": 0.1}])
def test_success_falls_with_length_as_in_the_figure(problem: dict[str, float]) -> None:
    """Two readings of the paper; the digitised bars at these lengths (150 runs: a standard error of at most 0.04)."""
    bars = {10: 1.00, 15: 0.97, 20: 0.81, 25: 0.57, 35: 0.26, 60: 0.05}
    rng = np.random.default_rng(3)
    got = [float(converged(Problem(length, **problem), 150, rng).mean()) for length in bars]  # type: ignore[arg-type]
    assert math.sqrt(np.mean((np.array(got) - list(bars.values())) ** 2)) < 0.08


def test_guessing_needs_a_handful_of_tries() -> None:
    """Schmidhuber & Hochreiter 2001 report six, the mean of 40 runs, on a training set whose size they do not give.

    Ours has ten sequences; what is asserted is the order of magnitude: 1,600 are reported for gradient descent.
    """
    needed = guesses(Problem(20, inputs=1, noise=math.sqrt(0.2)), 200, np.random.default_rng(4))
    assert 2.5 < needed.mean() < 7.0


def test_criteria_of_convergence() -> None:
    """Two runs of two classes with two sequences, judged by hand."""
    x = np.array([[[0.9, 0.5], [-0.8, -0.7]], [[0.8, 0.1], [-0.8, -0.8]]])
    assert succeeded(x).tolist() == [True, True]
    assert succeeded(x, tolerance=0.4).tolist() == [True, False]
    assert succeeded(x, tolerance=0.25).tolist() == [False, False]
    assert succeeded(x, error=0.1).tolist() == [True, False]  # means of 0.0275 and 0.1225
    assert succeeded(x, error=0.027).tolist() == [False, False]
    x[0, 1, 0] = 0.01
    assert succeeded(x).tolist() == [False, True]


def test_the_problem_names_the_criterion() -> None:
    problem = Problem(20, epochs=60)
    x = minimal.last_states(problem, 40, np.random.default_rng(5))
    shares = []
    for strict in (problem, replace(problem, tolerance=0.15), replace(problem, error=0.005)):
        got = converged(strict, 40, np.random.default_rng(5))
        assert got.tolist() == succeeded(x, strict.tolerance, strict.error).tolist()
        shares.append(got.mean())
    assert 0 < shares[2] < shares[1] < shares[0]


def test_a_run_converges_when_it_first_meets_a_criterion() -> None:
    """After as many epochs as a problem that trains so long, and no longer, needs."""
    problem = Problem(8, epochs=60, learning_rate=0.05)
    criteria = [(0.8, math.inf), (0.2, 0.01)]
    after = converged_after(problem, 6, np.random.default_rng(5), criteria)
    assert np.isfinite(after).any()
    assert (after[1] >= after[0]).all()  # the second asks for more
    for first, criterion in zip(after, criteria, strict=True):
        for run in np.flatnonzero(np.isfinite(first) & (first > 0)):
            for epochs, meets in ((int(first[run]), True), (int(first[run]) - 1, False)):
                x = last_states(replace(problem, epochs=epochs), 6, np.random.default_rng(5))
                assert bool(succeeded(x, *criterion)[run]) == meets
    stops = replace(problem, stops=True, tolerance=0.2, error=0.01)
    assert converged(stops, 6, np.random.default_rng(5)).tolist() == np.isfinite(after[1]).tolist()
