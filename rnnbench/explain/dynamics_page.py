"""The page of ``rnnbench explain dynamics``."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import torch

from rnnbench.errors import RnnbenchError
from rnnbench.explain.dynamics_figures import bifurcation_figure, map_figure, spectrum_figure
from rnnbench.explain.fixed_points import FixedPoint, critical_value, fixed_points
from rnnbench.explain.latching_radius import latching_radius
from rnnbench.explain.models import Models
from rnnbench.explain.plane import place_of
from rnnbench.explain.saturation import Squash, saturation
from rnnbench.explain.spectrum import Spectrum, spectrum, visited
from rnnbench.explain.state_map import StateMap
from rnnbench.explain.subject import Subject
from rnnbench.report.article import Block, table
from rnnbench.report.svg import Figure
from rnnbench.report.tables import Table
from rnnbench.words import some

MAPPED = 2
"""Numbers of a state that a map can be drawn of."""
VALUES, SPAN = 31, 2.0
"""Of the parameter along which fixed points are followed."""
REFINED = 256
"""Parts of a step between two of them, to which a change of the number of stable points is located."""
HELD = 8
"""States that a disturbance is tried on."""
LARGEST = 256
"""Numbers of a state whose Jacobian is still decomposed at every step."""
Row = list[str | float | int | None]


@dataclass(frozen=True)
class Moment:
    """One model at one time."""

    when: str
    models: Models
    member: int

    @cached_property
    def map(self) -> StateMap:
        """Without an input."""
        return StateMap(self.models, self.member)

    @cached_property
    def points(self) -> list[FixedPoint]:
        """Fixed points and cycles, where they can be looked for."""
        return fixed_points(self.map) if self.map.size <= MAPPED else []

    @cached_property
    def spectrum(self) -> Spectrum:
        """Along real sequences."""
        return spectrum(self.models, self.member)

    @cached_property
    def squashes(self) -> list[Squash]:
        """Of one step, over real sequences."""
        return saturation(self.models, self.member)

    @cached_property
    def radius(self) -> float:
        """Robust latching radius of the states that the test sequences end in."""
        _, states, _ = visited(self.models, self.member)
        return latching_radius(self.map, np.unique(states[-1].round(6), axis=0)[:HELD])


def dynamics_block(subject: Subject, *, member: int = 0, along: str | None = None) -> Block:
    """What the cell does to its state, before and after training: fixed points, memory, saturation, what it withstands.

    ``along`` names a number of the model along which fixed points are followed. Raises RnnbenchError when the state has
    too many numbers for that, or the model no such number.
    """
    size = _checked_size(subject, along)
    kept = subject.weights_after([0, subject.updates])
    moments = [
        Moment(when, subject.models(kept[update]), member)
        for when, update in (("before training", 0), ("after training", subject.updates))
    ]
    if not all(bool(moment.models.flat[member].isfinite().all()) for moment in moments):
        raise RnnbenchError(f"repeat {member} has no finite weights: choose another with --member.")
    figures: list[Figure] = []
    sentences = [_memory(moment, subject.trial.steps) for moment in moments]
    if size <= MAPPED:
        figures.append(map_figure([(moment.when, moment.map, moment.points) for moment in moments]))
        sentences = [*(_points(moment) for moment in moments), *sentences]
    if along is not None:
        counts, changes, drawn = _followed(moments[-1], along)
        figures.append(bifurcation_figure(along, [value for value, _ in counts], drawn))
        sentences.append(_bifurcation(along, counts, changes))
    figures.append(spectrum_figure([(moment.when, moment.spectrum) for moment in moments]))
    sentences += [_saturated(moment) for moment in moments] + [_radius(moment) for moment in moments]
    return Block(
        "dynamics",
        f"What {subject.label} does to its state",
        sentences,
        _notes(size, member, len(subject.trials)),
        figures,
        _tables(moments),
    )


def _checked_size(subject: Subject, along: str | None) -> int:
    """Numbers of the state. Raises RnnbenchError, before anything is trained, for what cannot be shown."""
    layout = subject.models(torch.zeros(1, 1)).layout
    size = StateMap(subject.models(torch.zeros(1, layout.total)), 0).size
    if size > LARGEST:
        raise RnnbenchError(f"the state has {size} numbers, dynamics looks at up to {LARGEST}: choose fewer units.")
    if along is not None and size > MAPPED:
        raise RnnbenchError(
            f"--along follows fixed points of a state of one or two numbers, that of {subject.label} has {size}: "
            "choose --hidden 1 or leave --along out."
        )
    if along is not None:
        place_of(layout, along)
    return size


def _points(moment: Moment) -> str:
    fixed = [point for point in moment.points if point.period == 1]
    cycles = [point for point in moment.points if point.period == 2]
    stable = sum(point.stable for point in fixed)
    told = f"{moment.when.capitalize()}, without input, the map has {some(len(fixed), 'fixed point')} ({stable} stable)"
    if cycles:
        stable_cycles = sum(point.stable for point in cycles) // 2
        told += f", and {some(len(cycles) // 2, 'cycle')} of period two, {stable_cycles} stable"
    attractors = stable + sum(point.stable for point in cycles) // 2
    held = stable + sum(point.stable for point in cycles)
    return told + (": it can hold a bit." if attractors > 1 or held > 1 else ": it cannot hold a bit for ever.")


def _memory(moment: Moment, steps: int) -> str:
    radius = float(np.median(moment.spectrum.radius))
    lasts = "it does not fade" if radius else "nothing of a state is left after a step"
    if 0 < radius < 1:
        lasts = f"a time constant of {-1 / np.log(radius):.3g} steps out of {steps}"
    return (
        f"{moment.when.capitalize()} the leading eigenvalue of a step's Jacobian has modulus {radius:.4g} on test "
        f"sequences: {lasts}."
    )


def _saturated(moment: Moment) -> str:
    full = [squash for squash in moment.squashes if squash.low + squash.high > 0.9]
    if not moment.squashes:
        return f"{moment.when.capitalize()} nothing in the step is a sigmoid, a tanh or a clamp."
    when, each = moment.when.capitalize(), len(moment.squashes)
    if each == 1:
        often = "saturated nearly always" if full else "seldom or only at times saturated"
        return f"{when} the one squashing function of the step is {often}."
    verb = "is" if len(full) == 1 else "are"
    return f"{when} {len(full)} of {each} squashing functions of the step {verb} saturated nearly always."


def _radius(moment: Moment) -> str:
    radius = moment.radius
    if radius == 0.0:
        return (
            f"{moment.when.capitalize()} what the model says changes by itself: its robust latching radius is nought."
        )
    if np.isinf(radius):
        return f"{moment.when.capitalize()} no input that is held, up to 10, changes what the model says."
    told = "is the smallest that was found to change what the model says"
    return f"{moment.when.capitalize()} an input of {radius:.4g}, held, {told}."


Counted = tuple[float, int]
"""A value of a parameter, and the number of stable points there."""


def _followed(moment: Moment, along: str) -> tuple[list[Counted], list[Counted], list[tuple[float, FixedPoint]]]:
    """Along a parameter: numbers of stable points at even steps, where they change and to what, and every point."""
    models, member = moment.models, moment.member
    place = place_of(models.layout, along)
    here = float(models.flat[member, place])

    def points_at(value: float) -> list[FixedPoint]:
        flat = models.flat[member : member + 1].clone()
        flat[0, place] = value
        return fixed_points(StateMap(Models(models.trials[:1], flat), 0))

    values = [float(value) for value in np.linspace(here - SPAN, here + SPAN, VALUES)]
    drawn = [(value, point) for value in values for point in points_at(value)]
    counts = [(value, sum(point.stable for at, point in drawn if at == value)) for value in values]
    changes = []
    for (low, before), (high, after) in pairwise(counts):
        if before != after:
            exact = (high - low) / REFINED
            where = critical_value(lambda value: sum(p.stable for p in points_at(value)), low, high, exact)
            changes.append((where, after))
    return counts, changes, drawn


def _bifurcation(along: str, counts: Sequence[Counted], changes: Sequence[Counted]) -> str:
    (first, before), (last, _) = counts[0], counts[-1]
    if not changes:
        return f"Along `{along}` from {first:.3g} to {last:.3g} the number of stable points stays {before}."
    told = ", then ".join(f"to {after} at {where:.4g}" for where, after in changes)
    return f"Along `{along}` from {first:.3g} to {last:.3g} the number of stable points changes from {before} {told}."


def _tables(moments: list[Moment]) -> list[Table]:
    rows: list[Row] = [
        [moment.when, ", ".join(f"{value:.4g}" for value in point.state), point.period, float(point.eigenvalues[0]),
         "yes" if point.stable else "no"]
        for moment in moments for point in moment.points
    ]  # fmt: skip
    squashes: list[Row] = [
        [moment.when, squash.function, squash.line, squash.low, squash.high, squash.median]
        for moment in moments for squash in moment.squashes
    ]  # fmt: skip
    found = []
    if rows:
        heads = ["When", "State", "Period", "Leading modulus", "Stable"]
        found.append(table("points", "Fixed points and points of cycles.", heads, rows))
    if squashes:
        heads = ["When", "Function", "Line of the cell", "At the low end", "At the high end", "Median"]
        found.append(table("saturation", "Shares of values on test sequences.", heads, squashes))
    return found


def _notes(size: int, member: int, repeats: int) -> list[str]:
    notes = [
        f"One model is looked at, repeat {member} of 0 to {repeats - 1}: another may do otherwise (--member).",
        "Jacobians by automatic differentiation in float64, along 16 test sequences. The robust latching radius is "
        "that of Bengio et al. 1994: the disturbance is added to the input at every step and held; for a unit that "
        "rises with its input that is exact, for others an upper bound.",
    ]
    if size > MAPPED:
        notes.append(f"The state has {size} numbers; a map with fixed points is drawn of one or two (--hidden 1).")
    return notes
