"""The loss over a plane of weights, and its cliff: where it is steepest (Pascanu et al. 2013, Sec. 2.3)."""

from dataclasses import dataclass

import numpy as np

from rnnbench.explain.gradients import Floats
from rnnbench.explain.losses import Losses
from rnnbench.explain.plane import Plane

ZOOM, STEPS = 4.0, 17
RESOLVED = 1.02
"""A drop that is so many times as steep as the steepest slope has no more detail in it."""


@dataclass(frozen=True)
class Cliff:
    """The steepest place that was found on a plane."""

    a: float
    b: float
    steepness: float
    """Norm of the loss's slope over the plane, or a drop over its distance where no slope could be taken."""


def surface(losses: Losses, plane: Plane, points: int) -> Floats:
    """The loss at each point of the grid, ``b a``."""
    a, b = np.meshgrid(*plane.grid(points))
    return losses(plane.weights(a.ravel(), b.ravel())).reshape(points, points)


def find_cliff(losses: Losses, plane: Plane, heights: Floats) -> Cliff:
    """From the largest drop of the grid ``heights`` on, ever finer grids about the largest drop so far.

    A cliff is narrower than a pixel of any plot, so the grid only says where to look. Each grid is ``ZOOM`` times as
    fine as the one before, until no drop between its points is steeper than the exact slope at one of them, or until
    double precision has no points between: then the drop over the distance counts, which some slope between must reach
    (mean value theorem). What is found is a steepest place nearby, a lower bound for the steepest of all.
    """
    lines = list(plane.grid(len(heights)))
    step = np.array([line[1] - line[0] for line in lines])
    centre, drop = _largest_drop(heights, *lines)
    best, idle = Cliff(float(centre[0]), float(centre[1]), drop), 0
    while (step > 16 * np.spacing(np.abs(centre))).all():
        lines = [centre[axis] + np.linspace(-1.5, 1.5, STEPS) * step[axis] for axis in (0, 1)]
        near = np.stack(np.meshgrid(*lines), axis=-1).reshape(-1, 2)
        steep = _steepness(losses, plane, near)
        top = int(np.argmax(steep))
        centre, drop = _largest_drop(losses(plane.weights(*near.T)).reshape(STEPS, STEPS), *lines)
        found = float(max(steep[top], drop))
        idle = 0 if found > 1.01 * best.steepness else idle + 1
        if found > best.steepness:
            place = near[top] if steep[top] > drop else centre
            best = Cliff(float(place[0]), float(place[1]), found)
        if idle > 1 and drop <= RESOLVED * steep[top]:
            break
        step = step / ZOOM
    return best


def _largest_drop(heights: Floats, a: Floats, b: Floats) -> tuple[Floats, float]:
    """Between which neighbours of the grid the loss differs most for their distance: one of them, and by how much."""
    finite = np.nan_to_num(heights, nan=1e300, posinf=1e300)
    along_a = np.abs(np.diff(finite, axis=1)) / np.diff(a)
    along_b = np.abs(np.diff(finite, axis=0)) / np.diff(b)[:, None]
    chosen = along_a if along_a.max() >= along_b.max() else along_b
    row, column = np.unravel_index(int(np.argmax(chosen)), chosen.shape)
    return np.array([a[column], b[row]]), float(chosen[row, column])


def _steepness(losses: Losses, plane: Plane, where: Floats) -> Floats:
    slopes = losses.slopes(plane.weights(where[:, 0], where[:, 1])) @ plane.directions.T
    return np.nan_to_num(np.hypot(slopes[:, 0], slopes[:, 1]), nan=-1.0, posinf=-1.0)
