"""The page of ``rnnbench explain landscape``."""

import time
from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.stats import theilslopes

from rnnbench.errors import RnnbenchError
from rnnbench.explain.gradients import Floats
from rnnbench.explain.landscape import find_cliff, surface
from rnnbench.explain.landscape_figures import Landscape, maps, relief, steepness
from rnnbench.explain.losses import Losses
from rnnbench.explain.plane import Plane, check_parameters, plane_at_random, plane_of_parameters, plane_of_path
from rnnbench.explain.subject import Subject
from rnnbench.report.article import Block, table
from rnnbench.streams import stream

Along = tuple[str, str] | Literal["path", "random"]
SNAPSHOTS, LENGTHS, SEQUENCES, SPAN = 40, 5, 16, 2.0
STEEP = 10.0
"""A slope that sends a step of learning rate 0.1 across a whole unit."""


def landscape_block(
    subject: Subject,
    *,
    along: Along = "path",
    lengths: Sequence[int] | None = None,
    points: int = 200,
    span: float = SPAN,
    member: int = 0,
) -> Block:
    """The loss over a plane through the trained weights of ``member``; ``along`` says which plane.

    The plane and the training path are those of the subject's length, the loss is shown at all ``lengths``. Raises
    RnnbenchError for parameters that do not exist and lengths that the task does not have.
    """
    start = time.perf_counter()
    chosen = list(lengths) if lengths is not None else _lengths(subject)
    losses = {length: Losses(subject, length, SEQUENCES) for length in chosen}
    if isinstance(along, tuple):  # a name that is none is told before anything is trained
        check_parameters(losses[chosen[-1]].layout, along)
    path = _path(subject, member)
    plane = _plane(along, losses[chosen[-1]], path, span)
    heights = {length: surface(losses[length], plane, points) for length in chosen}
    cliffs = {length: find_cliff(losses[length], plane, heights[length]) for length in chosen}
    found = Landscape(plane, heights, cliffs, plane.coordinates(path))
    seconds = time.perf_counter() - start
    notes = [
        f"The loss in float64 on {SEQUENCES} sequences of the test stream, the same at every point; {points} x "
        f"{points} points at {len(chosen)} lengths, kernel {losses[chosen[-1]].ran}, {seconds:.1f} s, training "
        f"included. The plane goes through repeat {member} as trained at length {subject.trial.length}"
        + ("." if isinstance(along, tuple) else "; the path is dropped onto it.")
    ]
    name = "landscape"
    figures = [
        maps(found, name),
        relief(found, chosen[-1], name),
        *([steepness(found, name)] if len(chosen) > 2 else []),
    ]
    rows: list[list[str | float | int | None]] = [
        [
            length,
            float(np.nanmin(heights[length])),
            float(np.nanmax(heights[length])),
            cliff.steepness,
            cliff.a,
            cliff.b,
        ]
        for length, cliff in cliffs.items()
    ]
    heads = ["Length", "Least loss", "Greatest", "Steepness", *plane.names]
    tables = [table(name, "The loss on the grid, and its steepest place, refined beyond the grid.", heads, rows)]
    return Block(name, f"The loss landscape of {subject.label}", _sentences(found), notes, figures, tables)


def _path(subject: Subject, member: int) -> Floats:
    """The weights along training, ``point parameter``, evenly spaced."""
    updates = sorted({round(share * subject.updates) for share in np.linspace(0, 1, SNAPSHOTS)})
    kept = subject.weights_after(updates)
    path = np.stack([kept[update][member].numpy() for update in updates])
    finite = np.isfinite(path).all(axis=1)
    if not finite.any():
        raise RnnbenchError(f"repeat {member} has no finite weights: choose another with --member.")
    return np.asarray(path[finite])


def _lengths(subject: Subject) -> list[int]:
    """About five, up to the subject's, as far as the task has them."""
    longest, task = subject.trial.length, subject.trial.make_task()
    wanted = sorted({max(task.minimum_length, round(longest * share)) for share in (0.1, 0.25, 0.5, 0.75, 1.0)})
    return [length for length in wanted if length == longest or _posed(task, length)]


def _posed(task: object, length: int) -> bool:
    try:
        task.check_length(length)  # type: ignore[attr-defined]
    except RnnbenchError:
        return False
    return True


def _plane(along: Along, losses: Losses, path: Floats, span: float) -> Plane:
    if along == "path":
        return plane_of_path(path)
    if along == "random":
        return plane_at_random(stream("explain", "landscape"), path[-1], span)
    return plane_of_parameters(losses.layout, path[-1], along, span)


def _sentences(found: Landscape) -> list[str]:
    longest = max(found.cliffs)
    cliff = found.cliffs[longest]
    low, high = found.levels
    first, second = found.plane.names
    where = f"{first} = {cliff.a:.4g}, {second} = {cliff.b:.4g}"
    flat = float(np.nanmax(found.heights[longest]) - np.nanmin(found.heights[longest]))
    told = (
        f"At length {longest} the loss is steepest at {where}: {cliff.steepness:.4g} a unit."
        if cliff.steepness >= STEEP
        else f"At length {longest} there is no cliff here: the loss differs by {flat:.3g} over the whole plane, "
        f"and nowhere is it steeper than {cliff.steepness:.3g} a unit."
    )
    sentences = [told, f"Over all lengths the loss lies between {low:.4g} and {high:.4g}, far peaks left out."]
    if len(found.cliffs) > 2 and min(item.steepness for item in found.cliffs.values()) > 0:
        lengths = np.array(list(found.cliffs), dtype=float)
        logs = np.log([item.steepness for item in found.cliffs.values()])
        factor = float(np.exp(theilslopes(logs, lengths).slope * 10))
        sentences.append(f"Ten steps more multiply the steepness by {factor:.3g} (median over pairs of lengths).")
    end = found.path[-1]
    apart = float(np.hypot(end[0] - cliff.a, end[1] - cliff.b))
    size = float(np.hypot(*(np.array(found.plane.high) - np.array(found.plane.low))))
    sentences.append(
        f"Training moved {_length_of(found.path):.3g} in this plane and ended {apart:.3g} from the steepest place "
        f"({apart / size:.0%} of the plane's diagonal)."
    )
    return sentences


def _length_of(path: Floats) -> float:
    return float(np.hypot(*np.diff(path, axis=0).T).sum())
