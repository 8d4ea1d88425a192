"""The error surface of one unit without input, and the wall in it (Pascanu, Mikolov & Bengio 2013, Fig. 6).

x_t = w σ(x_{t-1}) + b, x_0 = 0.5, E_T = (σ(x_T) - 0.7)², with the logistic σ. Everything is float64.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
START, TARGET, LENGTH = 0.5, 0.7, 50
STARTS = 4001
"""Points of the first, even search along b."""


@dataclass(frozen=True)
class Wall:
    """The steepest place along b at one ``w``."""

    w: float
    b: float
    slope: float
    """|dE/db| there."""


def error(w: ArrayLike, b: ArrayLike, length: int = LENGTH) -> Floats:
    """E_T for every pair of ``w`` and ``b``, which are broadcast."""
    return error_and_slope(w, b, length)[0]


def error_and_slope(w: ArrayLike, b: ArrayLike, length: int = LENGTH) -> tuple[Floats, Floats]:
    """E_T and dE_T/db, the derivative carried forwards: dx_t/db = w σ'(x_{t-1}) dx_{t-1}/db + 1."""
    weight, bias = np.broadcast_arrays(np.asarray(w, dtype=np.float64), np.asarray(b, dtype=np.float64))
    x, dx = np.full(weight.shape, START), np.zeros(weight.shape)
    for _ in range(length):
        s = expit(x)
        x, dx = weight * s + bias, weight * s * (1.0 - s) * dx + 1.0
    s = expit(x)
    return (s - TARGET) ** 2, 2.0 * (s - TARGET) * s * (1.0 - s) * dx


def repeller(w: float) -> tuple[float, float]:
    """The b at which x_0 is a fixed point, and the factor w σ'(x_0) by which a step drives its neighbours apart.

    Where the factor exceeds 1, states that start on either side of that b end far apart: the wall tends to it with T.
    """
    s = float(expit(START))
    return START - w * s, w * s * (1.0 - s)


def find_wall(w: float, length: int = LENGTH, low: float = -6.0, high: float = 0.0) -> Wall:
    """The largest |dE/db| for b in ``low`` to ``high``, by ever finer grids round the steepest point so far.

    Each grid is 1/200 as wide as the one before: the peak of a wall is narrower than any plot's pixel, and a plotting
    grid understates it by orders of magnitude. For long T it is narrower than the gap between two doubles near b, so
    the search runs over the distance from :func:`repeller`, which has digits to spare.
    """
    origin = repeller(w)[0]
    centre, half = (low + high) / 2 - origin, (high - low) / 2
    slope = 0.0
    while half > 4 * np.spacing(abs(centre)):
        grid = np.linspace(centre - half, centre + half, STARTS)
        slopes = np.abs(_slope_beside(w, grid, length))
        best = int(slopes.argmax())
        centre, slope = float(grid[best]), float(slopes[best])
        half /= 200
    return Wall(w, origin + centre, slope)


def _slope_beside(w: float, distance: Floats, length: int) -> Floats:
    """dE_T/db at ``distance`` from the repeller's b, by the recurrence of y = x - x_0, which is exact for small y."""
    start = expit(START)
    y, dy = np.zeros_like(distance), np.zeros_like(distance)
    for _ in range(length):
        rise = _rise(y)
        s = start + rise
        y, dy = w * rise + distance, w * s * (1.0 - s) * dy + 1.0
    s = start + _rise(y)
    return np.asarray(2.0 * (s - TARGET) * s * (1.0 - s) * dy)


def _rise(y: Floats) -> Floats:
    """σ(x_0 + y) - σ(x_0) without cancellation."""
    start = expit(START)
    growth = np.expm1(y)
    return np.asarray(start * (1.0 - start) * growth / (1.0 + start * growth))
