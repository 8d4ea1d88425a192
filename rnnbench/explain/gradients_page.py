"""The page of ``rnnbench explain gradients``."""

from collections.abc import Callable, Sequence

import numpy as np

from rnnbench.errors import RnnbenchError
from rnnbench.explain.fade import EXPLODED, VANISHED, Fade, quartiles
from rnnbench.explain.gradients import SEQUENCES, Floats
from rnnbench.explain.gradients_figure import gradients_figure
from rnnbench.explain.gradients_seen import Seen, look
from rnnbench.explain.gradients_words import decay, sentences
from rnnbench.explain.subject import Subject
from rnnbench.report.article import Block, table
from rnnbench.report.tables import Table

Row = list[str | float | int | None]


def gradients_block(subject: Subject, *, sequences: int = SEQUENCES) -> Block:
    """How the loss's gradient with respect to the state fades, before, during and after training.

    Raises RnnbenchError for a cell without a state and where no step lies before the answer.
    """
    seen, left_out = look(subject, sequences)
    if not seen:
        raise RnnbenchError(
            f"no model of {subject.label} has a gradient that is a number: check the cell with `check`."
        )
    if seen[0].answer.distance < 1:
        raise RnnbenchError(f"no step lies before the answer at length {subject.trial.length}: give a longer one.")
    figure = gradients_figure(seen)
    return Block(
        "gradients",
        f"How the gradient fades: {subject.label}",
        sentences(seen),
        _notes(seen, left_out, sequences),
        [] if figure is None else [figure],
        [_moments(seen), *([_parts(seen)] if len(seen[0].parts) > 1 else [])],
    )


def _notes(seen: Sequence[Seen], left_out: Sequence[str], sequences: int) -> list[str]:
    notes = [
        "Norm of d(loss)/d(state after a step) by automatic differentiation in float64, over all numbers of the state; "
        f"median over {sequences} sequences of the test stream, or all if there are fewer. Steps are counted back from "
        "a sequence's last answer, as far as half of the sequences go. The step of that answer is left out: it is read "
        "from the output, not from the state.",
        "The decay is what a step back multiplies the norm with: the median slope of its logarithm between pairs of "
        "steps (Theil-Sen). The time constant, in steps, is -1 / ln(decay).",
    ]
    if seen[0].answers > 1:
        notes.append(
            f"A sequence wants up to {seen[0].answers} answers. Sentences and tables are about the loss of the last "
            "one alone: the gradients of the others begin anew on the way and hide how each fades."
        )
    if left_out:
        notes.append(f"Left out, since weights or gradients are not numbers: {'; '.join(left_out)}.")
    return notes


def _moments(seen: Sequence[Seen]) -> Table:
    rows = [_row(own.when.capitalize(), own.answer) for own in seen]
    groups = {
        f"… those that {did} the task": seen[-1].group(solved=did == "solved") for did in ("solved", "did not solve")
    }
    if all(group.members for group in groups.values()):
        rows += [_row(name, group) for name, group in groups.items()]
    heads = ["When", "Models", "Decay a step", "Quartiles", "Time constant", "First step", "Quartiles",
             "Vanishes", "after steps", "Explodes", "after steps"]  # fmt: skip
    caption = (
        "Medians and quartiles over models. First step: its norm over the one next to the answer. Vanishes, Explodes: "
        f"models where that is below {VANISHED:g} or above {EXPLODED:g}, and the median number of steps back after "
        "which the norm first is."
    )
    return table("gradients", caption, heads, rows)


def _row(name: str, fade: Fade) -> Row:
    decays, arrives = fade.quartiles, quartiles(fade.arrives)
    return [
        name, fade.members, _number(decays[1]), _range(decays, decay), _constant(fade),
        _number(arrives[1]), _range(arrives, lambda value: f"{value:.2g}"),
        fade.vanished(), _median(fade.vanished_after()), fade.exploded(), _median(fade.exploded_after()),
    ]  # fmt: skip


def _parts(seen: Sequence[Seen]) -> Table:
    """Before and after training, part by part."""
    ends = [seen[0], seen[-1]] if len(seen) > 1 else [seen[0]]
    rows: list[Row] = []
    for place in range(len(seen[0].parts)):
        row: Row = [f"{place + 1}"]
        for own in ends:
            fade = own.parts[place]
            row += [_number(fade.per_step), _constant(fade), _number(quartiles(fade.norms[-2])[1])]
        rows.append(row)
    heads = [head for own in ends for head in (f"Decay {own.when}", "Time constant", "Norm next to the answer")]
    caption = (
        "The same for each part of the state alone, the others at that step held; parts in the order of the cell's "
        "state, layer by layer."
    )
    return table("gradients-parts", caption, ["Part", *heads], rows)


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _range(values: tuple[float, float, float], write: Callable[[float], str]) -> str:
    return "–" if np.isnan(values[1]) else f"{write(values[0])} to {write(values[2])}"


def _constant(fade: Fade) -> float | None:
    """None where the norm grows, stays or has no fit."""
    return _number(fade.time_constant) if fade.per_step < 1 else None


def _median(steps: Floats) -> float | None:
    return float(np.median(steps)) if len(steps) else None
