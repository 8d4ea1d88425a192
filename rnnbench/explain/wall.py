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


def find_wall(w: float, length: int = LENGTH, low: float = -6.0, high: float = 0.0) -> Wall:
    """The largest |dE/db| for b in ``low`` to ``high``, by ever finer grids round the steepest point so far.

    Each grid is 1/200 as wide as the one before, until b has no more digits: the peak of a wall is narrower than any
    plot's pixel, and a plotting grid understates it by orders of magnitude.
    """
    centre, half = (low + high) / 2, (high - low) / 2
    slope = 0.0
    while half > 4 * np.spacing(abs(centre)):
        grid = np.linspace(centre - half, centre + half, STARTS)
        slopes = np.abs(error_and_slope(w, grid, length)[1])
        best = int(slopes.argmax())
        centre, slope = float(grid[best]), float(slopes[best])
        half /= 200
    return Wall(w, centre, slope)
