"""The minimal problem of Bengio, Simard & Frasconi 1994, Sec. II and III: a unit latches the sign of its first inputs.

x_t = tanh(w x_{t-1} + h_t), x_0 = 0. The first ``inputs`` values of h_t are learned, one set for each of two classes;
the others are noise. C = ½ Σ_p (x_T^p - d^p)², d = ±0.8, by batch gradient descent through time. What the paper leaves
open stands in :class:`Problem` with the value that we chose.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WANTED = np.array([0.8, -0.8])[:, None]


@dataclass(frozen=True)
class Problem:
    """One setting of the problem; ``noise`` and ``w0`` may differ from run to run."""

    length: int
    noise: float | Floats = 0.2
    """Standard deviation. The paper says "variance s"; see :func:`bound`."""
    w0: float | Floats = 1.25
    train_w: bool = True
    """The caption of Fig. 2 speaks of an initial weight, the text of learning only the inputs."""
    inputs: int = 3
    sequences: int = 5
    """Of each class, drawn once; our choice."""
    learning_rate: float = 0.02
    """Of the sum over sequences, which is 0.1 of the mean over those of a class; our choice."""
    epochs: int = 400
    """Our choice."""
    start: float = 0.1
    """Inputs start uniform in plus and minus this; "small" in the paper, our choice."""
    tolerance: float = 0.8
    """What every |x_T - d| must stay below for a run to count as converged; 0.8 asks for the sign alone. Our choice."""
    error: float = math.inf
    """What the mean of (x_T - d)² over a run's sequences must stay below besides. Our choice: no limit."""
    stops: bool = False
    """Whether training stops as soon as a run has converged, else it goes on to the last epoch; our choice."""


def converged(problem: Problem, runs: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Whether a run meets the problem's criterion; ``run``."""
    if problem.stops:
        (epochs,) = converged_after(problem, runs, rng, [(problem.tolerance, problem.error)])
        return np.asarray(np.isfinite(epochs))
    return succeeded(last_states(problem, runs, rng), problem.tolerance, problem.error)


def last_states(problem: Problem, runs: int, rng: np.random.Generator) -> Floats:
    """x_T of the sequences that a run was trained on, after training; ``run class sequence``."""
    for x in _trained(problem, runs, rng):
        last = x
    return last


def converged_after(
    problem: Problem, runs: int, rng: np.random.Generator, criteria: Sequence[tuple[float, float]]
) -> Floats:
    """Epochs after which a run first meets each criterion (tolerance, error), or infinity; ``criterion run``."""
    found = np.full((len(criteria), runs), np.inf)
    for epoch, x in enumerate(_trained(problem, runs, rng)):
        for first, criterion in zip(found, criteria, strict=True):
            first[np.isinf(first) & succeeded(x, *criterion)] = epoch
        if np.isfinite(found).all():
            break
    return found


def _trained(problem: Problem, runs: int, rng: np.random.Generator) -> Iterator[Floats]:
    """x_T before the first epoch and after each; ``run class sequence``."""
    noise = _noise(problem, runs, rng)
    h = rng.uniform(-problem.start, problem.start, size=(runs, 2, problem.inputs))
    w = np.broadcast_to(np.asarray(problem.w0, dtype=np.float64), runs).copy()
    for _ in range(problem.epochs):
        x = _states(w, h, noise)
        yield np.asarray(x[-1])
        slope_w, slope_h = _slopes(w, x, problem.inputs)
        h -= problem.learning_rate * slope_h
        if problem.train_w:
            w -= problem.learning_rate * slope_w
    yield np.asarray(_states(w, h, noise)[-1])


def succeeded(x: Floats, tolerance: float = 0.8, error: float = math.inf) -> NDArray[np.bool_]:
    """Whether a run with the last states ``x`` (``run class sequence``) meets a criterion; ``run``."""
    off = np.abs(x - WANTED)
    return np.asarray((off < tolerance).all(axis=(1, 2)) & ((off**2).mean(axis=(1, 2)) < error))


def guesses(problem: Problem, runs: int, rng: np.random.Generator, *, reach: float = 100.0, most: int = 1000) -> Floats:
    """How many guesses of w and the inputs, uniform in ±``reach``, a run needs; infinite if ``most`` do not do.

    The control of Schmidhuber & Hochreiter 2001: where guessing is quick, learning proves little.
    """
    noise = _noise(problem, runs, rng)
    needed = np.full(runs, np.inf)
    for guess in range(1, most + 1):
        open_runs = np.flatnonzero(np.isinf(needed))
        if not len(open_runs):
            break
        w = rng.uniform(-reach, reach, size=len(open_runs))
        h = rng.uniform(-reach, reach, size=(len(open_runs), 2, problem.inputs))
        x = _states(w, h, noise[:, open_runs])[-1]
        needed[open_runs[succeeded(x, problem.tolerance, problem.error)]] = guess
    return needed


def bound(problem: Problem, draws: int, rng: np.random.Generator) -> float:
    """An upper bound on the frequency of success with w fixed and one sequence of each class.

    For w > 0, x_T rises with every h_t, so no inputs do better than those that saturate: the state is ±1 when the noise
    begins, and both signs must survive it.
    """
    x = np.ones(draws)
    for _ in range(problem.length - problem.inputs):
        x = np.tanh(problem.w0 * x + problem.noise * rng.standard_normal(draws))
    return float((x > 0).mean() ** 2)


def critical_input(w: float) -> float:
    """The largest |h| that, sustained for ever, cannot change the sign of the state (Sec. III), by bisection."""
    low, high = 0.0, w
    while high - low > 1e-12:
        middle = (low + high) / 2
        x = 1.0
        for _ in range(100_000):
            new = float(np.tanh(w * x - middle))
            if new <= 0 or new == x:
                break
            x = new
        low, high = (low, middle) if new <= 0 else (middle, high)
    return low


def _noise(problem: Problem, runs: int, rng: np.random.Generator) -> Floats:
    """``time run class sequence``."""
    shape = (problem.length - problem.inputs, runs, 2, problem.sequences)
    return np.asarray(rng.standard_normal(shape) * np.reshape(problem.noise, (-1, 1, 1)))


def _states(w: Floats, h: Floats, noise: Floats) -> Floats:
    """x_0 to x_T, ``time run class sequence``."""
    inputs = h.shape[2]
    x = np.zeros((inputs + len(noise) + 1, *noise.shape[1:]))
    weight = w[:, None, None]
    for t in range(1, len(x)):
        given = h[:, :, t - 1, None] if t <= inputs else noise[t - 1 - inputs]
        x[t] = np.tanh(weight * x[t - 1] + given)
    return x


def _slopes(w: Floats, x: Floats, inputs: int) -> tuple[Floats, Floats]:
    """dC/dw, ``run``, and dC/dh, ``run class input``."""
    slope_w, slope_h = np.zeros(len(w)), np.zeros((len(w), 2, inputs))
    back = (x[-1] - WANTED) * (1.0 - x[-1] ** 2)
    for t in range(len(x) - 1, 0, -1):
        slope_w += np.einsum("rcs,rcs->r", back, x[t - 1])
        if t <= inputs:
            slope_h[:, :, t - 1] = back.sum(2)
        back *= (1.0 - x[t - 1] ** 2) * w[:, None, None]
    return slope_w, slope_h
