"""Fixed points and cycles of a state map, their stability, and where along a parameter they come and go."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnbench.explain.gradients import Floats
from rnnbench.explain.state_map import StateMap

NEWTON, EXACT, SAME = 40, 1e-11, 1e-3
STARTS = {1: 401, 2: 15}
"""Starts of the search along each axis, by the number of axes."""
SETTLE = 500
"""Steps after which a state has come to where it goes."""


@dataclass(frozen=True)
class FixedPoint:
    """A state that the map gives back after ``period`` steps."""

    state: Floats
    period: int
    eigenvalues: Floats
    """Moduli, of the Jacobian over the whole period, largest first."""

    @property
    def stable(self) -> bool:
        """Whether what is near stays near."""
        return bool(self.eigenvalues[0] < 1 - 1e-6)


def grid(axes: int, reach: float) -> Floats:
    """Starts over the cube from -reach to reach, ``row axis``."""
    line = np.linspace(-reach, reach, STARTS[axes])
    return np.stack(np.meshgrid(*[line] * axes), axis=-1).reshape(-1, axes)


def fixed_points(of: StateMap, reach: float = 3.0) -> list[FixedPoint]:
    """All that Newton's method finds from a grid of starts, of period one, then true cycles of period two."""
    once = _solve(of, 1, reach)
    twice = [point for point in _solve(of, 2, reach) if not _among(point, once)]
    found = [(point, 1) for point in once] + [(point, 2) for point in twice]
    return [FixedPoint(point, period, _moduli(of, point, period)) for point, period in found]


def basins(of: StateMap, points: list[FixedPoint], starts: Floats) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """For each of ``starts`` which stable point it comes to; a cycle's points count as one; -1 for none of them."""
    stable = [number for number, point in enumerate(points) if point.stable]
    state = starts
    for _ in range(SETTLE):
        state = of(state)
    apart = np.array([[np.inf]] * len(starts))
    if stable:
        apart = np.stack([np.abs(state - points[number].state).max(axis=1) for number in stable], axis=1)
    nearest = apart.argmin(axis=1)
    ends = np.array([_first_of_cycle(of, points, number) for number in stable] or [-1])
    return np.where(apart.min(axis=1) < 1e-3, ends[nearest], -1)


def critical_value(stable: Callable[[float], int], low: float, high: float, exact: float = 1e-9) -> float:
    """Where in ``low`` to ``high`` the number of stable points changes, by bisection; the ends must differ."""
    at_low = stable(low)
    while high - low > exact:
        middle = (low + high) / 2
        low, high = (middle, high) if stable(middle) == at_low else (low, middle)
    return (low + high) / 2


def _solve(of: StateMap, period: int, reach: float) -> list[Floats]:
    states = grid(of.size, reach)
    eye = np.eye(of.size)
    for _ in range(NEWTON):
        moved, slope = _over(of, states, period)
        ahead = slope - eye
        ahead = ahead + 1e-14 * np.sign(np.linalg.det(ahead) + 0.5)[:, None, None] * eye  # never singular
        change = np.linalg.solve(ahead, (states - moved)[..., None])[..., 0]
        size = np.abs(change).max(axis=1, keepdims=True)
        states = states + change * np.minimum(1.0, 1.0 / np.maximum(size, 1e-300))  # no step beyond one
        if size.max() < EXACT / 10:
            break
    moved, _ = _over(of, states, period)
    good = np.abs(moved - states).max(axis=1) < EXACT
    found: list[Floats] = []
    for state in states[good & (np.abs(states).max(axis=1) <= 4 * reach)]:
        if not _among(state, found):
            found.append(state)
    return sorted(found, key=lambda state: state.tolist())


def _over(of: StateMap, states: Floats, period: int) -> tuple[Floats, Floats]:
    """``period`` steps and their Jacobian."""
    slope = np.broadcast_to(np.eye(of.size), (len(states), of.size, of.size))
    for _ in range(period):
        slope = of.jacobians(states) @ slope
        states = of(states)
    return states, slope


def _moduli(of: StateMap, point: Floats, period: int) -> Floats:
    _, slope = _over(of, point[None], period)
    return np.sort(np.abs(np.linalg.eigvals(slope[0])))[::-1]


def _among(state: Floats, found: list[Floats]) -> bool:
    return any(np.abs(state - other).max() < SAME for other in found)


def _first_of_cycle(of: StateMap, points: list[FixedPoint], number: int) -> int:
    """The first in the list of the points that this one's cycle visits."""
    if points[number].period == 1:
        return number
    other = of(points[number].state[None])[0]
    partners = [place for place, point in enumerate(points) if np.abs(point.state - other).max() < SAME]
    return min([number, *partners])
