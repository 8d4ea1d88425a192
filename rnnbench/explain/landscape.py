"""The loss over a plane of weights, and its cliff: where it is steepest (Pascanu et al. 2013, Sec. 2.3)."""

from dataclasses import dataclass

import numpy as np

from rnnbench.explain.gradients import Floats
from rnnbench.explain.losses import Losses
from rnnbench.explain.plane import Plane

ZOOM, STEPS, ROUNDS = 8.0, 17, 12


@dataclass(frozen=True)
class Cliff:
    """The steepest place that was found on a plane."""

    a: float
    b: float
    steepness: float
    """Norm of the loss's slope over the plane."""


def surface(losses: Losses, plane: Plane, points: int) -> Floats:
    """The loss at each point of the grid, ``b a``."""
    a, b = np.meshgrid(*plane.grid(points))
    return losses(plane.weights(a.ravel(), b.ravel())).reshape(points, points)


def find_cliff(losses: Losses, plane: Plane, heights: Floats) -> Cliff:
    """From the steepest point of the grid ``heights`` on, ever finer grids of exact slopes.

    A cliff is narrower than a pixel of any plot, so the grid only says where to look. Each grid is ``ZOOM`` times as
    fine as the one before; the search ends where the slope no longer grows by a thousandth, or after ``ROUNDS`` grids.
    What is found is a steepest place nearby, a lower bound for the steepest of all.
    """
    points = len(heights)
    axes = plane.grid(points)
    step = np.array([axis[1] - axis[0] for axis in axes])
    fall = np.hypot(*(np.gradient(np.nan_to_num(heights, nan=np.inf, posinf=1e300), axes[1], axes[0])))
    row, column = np.unravel_index(np.nanargmax(np.where(np.isfinite(fall), fall, -1.0)), heights.shape)
    centre = np.array([axes[0][column], axes[1][row]])
    best = Cliff(*map(float, centre), float(_steepness(losses, plane, centre[None])[0]))
    for _ in range(ROUNDS):
        offsets = np.stack(np.meshgrid(*2 * [np.linspace(-1.5, 1.5, STEPS)]), axis=-1).reshape(-1, 2)
        near = centre + offsets * step
        steep = _steepness(losses, plane, near)
        top = int(np.argmax(steep))
        grown = steep[top] > best.steepness * 1.001
        if steep[top] > best.steepness:
            best = Cliff(float(near[top, 0]), float(near[top, 1]), float(steep[top]))
            centre = near[top]
        if not grown:
            break
        step = step / ZOOM
    return best


def _steepness(losses: Losses, plane: Plane, where: Floats) -> Floats:
    slopes = losses.slopes(plane.weights(where[:, 0], where[:, 1])) @ plane.directions.T
    return np.nan_to_num(np.hypot(slopes[:, 0], slopes[:, 1]), nan=-1.0, posinf=-1.0)
