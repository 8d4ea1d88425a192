"""A plane through the space of weights: two parameters, two random directions, or those of the training path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnnbench.errors import RnnbenchError, UnknownName
from rnnbench.explain.gradients import Floats
from rnnbench.train.weights import Layout


@dataclass(frozen=True)
class Plane:
    """``origin + a * first + b * second`` for a and b in two ranges."""

    names: tuple[str, str]
    origin: Floats
    """``parameter``."""
    directions: Floats
    """``2 parameter``."""
    low: tuple[float, float]
    high: tuple[float, float]

    def grid(self, points: int) -> tuple[Floats, Floats]:
        """The ``points`` values of each coordinate."""
        a, b = (np.linspace(low, high, points) for low, high in zip(self.low, self.high, strict=True))
        return a, b

    def weights(self, a: Floats, b: Floats) -> Floats:
        """``member parameter`` for coordinates ``member``."""
        return np.asarray(self.origin + np.stack([a, b], axis=1) @ self.directions)

    def coordinates(self, weights: Floats) -> Floats:
        """Where ``weights`` (``point parameter``) lie when they are dropped onto the plane, ``point 2``."""
        return np.asarray(
            np.linalg.lstsq(self.directions.T, (weights - self.origin).T, rcond=None)[0].T, dtype=np.float64
        )


def places(layout: Layout) -> dict[str, int]:
    """Every number of a model by name, ``recurrent[0,0]`` say, with its place in the row of weights."""
    found: dict[str, int] = {}
    for name, shape in layout.shapes.items():
        short = name.removeprefix("cell.")
        for index in np.ndindex(*shape):
            told = ",".join(map(str, index))
            found[f"{short}[{told}]" if told else short] = len(found)
    return found


def place_of(layout: Layout, text: str) -> int:
    """Where the number ``text`` lies; an index may be left out where there is one number only. Raises UnknownName."""
    known = places(layout)
    plain = text.replace(" ", "")
    if plain in known:
        return known[plain]
    alone = [name for name in known if name.partition("[")[0] == plain]
    if len(alone) == 1:
        return known[alone[0]]
    raise UnknownName("parameter of the model", text, _shortened(known, alone))


def _shortened(known: Mapping[str, int], alone: Sequence[str]) -> list[str]:
    """Names enough to choose from: all of a small model, else the first and the last of each tensor."""
    if alone:
        return [f"{alone[0]} … {alone[-1]}"]
    if len(known) <= 30:
        return list(known)
    tensors: dict[str, list[str]] = {}
    for name in known:
        tensors.setdefault(name.partition("[")[0], []).append(name)
    return [" … ".join(dict.fromkeys((names[0], names[-1]))) for names in tensors.values()]


def check_parameters(layout: Layout, names: tuple[str, str]) -> tuple[int, int]:
    """The places of two different numbers. Raises RnnbenchError for unknown or equal ones."""
    first, second = (place_of(layout, name) for name in names)
    if first == second:
        raise RnnbenchError(f"a landscape needs two parameters, got {names[0]} twice.")
    return first, second


def plane_of_parameters(layout: Layout, origin: Floats, names: tuple[str, str], span: float) -> Plane:
    """Two numbers of the model, each within ``span`` of where it is. Raises RnnbenchError for unknown or equal ones."""
    first, second = check_parameters(layout, names)
    directions = np.zeros((2, len(origin)))
    directions[[0, 1], [first, second]] = 1.0
    centred = np.array(origin)
    centred[[first, second]] = 0.0
    low = (float(origin[first] - span), float(origin[second] - span))
    high = (float(origin[first] + span), float(origin[second] + span))
    return Plane(names, centred, directions, low, high)


def plane_at_random(rng: np.random.Generator, origin: Floats, span: float) -> Plane:
    """Two random directions at right angles, of length one, through ``origin``."""
    directions = np.linalg.qr(rng.normal(size=(len(origin), 2)))[0].T
    return Plane(("first random direction", "second"), origin, directions, (-span, -span), (span, span))


def plane_of_path(path: Floats, margin: float = 0.5) -> Plane:
    """The two leading principal directions of ``path`` (``point parameter``), from its last point, with room around.

    A path that did not move, or along a line only, gets directions all the same.
    """
    moved = path - path[-1]
    directions = np.linalg.svd(np.vstack([moved, 1e-12 * np.eye(len(path[0]))[:2]]), full_matrices=False)[2][:2]
    ends = moved @ directions.T
    low, high = ends.min(axis=0), ends.max(axis=0)
    room = np.maximum(margin * (high - low), 0.25 * max(float((high - low).max()), 0.1))
    names = ("first direction of the path", "second")
    return Plane(names, path[-1], directions, tuple((low - room).tolist()), tuple((high + room).tolist()))
