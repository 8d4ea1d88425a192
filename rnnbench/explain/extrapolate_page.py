"""The page of ``rnnbench explain extrapolate``."""

from collections.abc import Sequence

import numpy as np

from rnnbench.explain.extrapolate import Reach, Watch, extrapolate
from rnnbench.explain.gradients import Floats
from rnnbench.explain.subject import Subject
from rnnbench.explain.why.words import share
from rnnbench.report import canvas
from rnnbench.report.article import Block, Item, table
from rnnbench.report.labels import value
from rnnbench.report.palette import FAINT, looks
from rnnbench.report.svg import Figure, render
from rnnbench.stats.proportion import wilson
from rnnbench.words import some

TIMES = (1, 2, 4, 8)
"""Of the trained length, where one alone is given."""


def lengths_to_test(lengths: Sequence[int]) -> list[int]:
    """The shortest, which is trained, and the others; of a single one its multiples."""
    return sorted(set(lengths)) if len(set(lengths)) > 1 else [lengths[0] * times for times in TIMES]


def extrapolate_block(subjects: Sequence[Subject], lengths: Sequence[int], watch: Watch = lambda _: None) -> Block:
    """How many models of each cell that solve the length they were trained at solve others too."""
    found = extrapolate(subjects, lengths, watch)
    trial = subjects[0].trial
    metric, rule = trial.make_task().success.metric, trial.make_task().success
    rows: list[list[Item]] = []
    for reach in found:
        for length in lengths:
            solved = reach.share(length)
            rows.append([reach.subject.trial.cell.label, length, f"{solved.solved}/{solved.n}",
                         f"{solved.low:.2f} to {solved.high:.2f}", _mean(reach.values[length], metric)])  # fmt: skip
    heads = ["Cell", "Tested at", "Solved", "95 %", f"Mean {metric} ± SD"]
    notes = [
        f"Every model is trained at length {trial.length} alone and tested, as it is, on {trial.protocol.test:,} fresh "
        f"sequences of each length; solved is {rule}. Intervals are Wilson's. Models of different lengths are the same "
        "models: the rates at two lengths are not independent."
    ]
    caption = f"Models trained at length {trial.length}, by the length at which they are tested."
    about = subjects[0].label if len(subjects) == 1 else trial.task.label
    return Block("extrapolate", f"Beyond the trained length: {about}", [_told(reach) for reach in found],
                 notes, [_figure(found, lengths)], [table("extrapolate", caption, heads, rows)])  # fmt: skip


def _mean(values: Floats, metric: str) -> str | None:
    known = values[np.isfinite(values)]
    spread = float(known.std(ddof=1)) if len(known) > 1 else float("nan")
    return f"{value(float(known.mean()), metric)} ± {value(spread, metric)}" if len(known) else None


def _told(reach: Reach) -> str:
    name, at_home = reach.subject.trial.cell.label, reach.solved(reach.trained)
    told = f"{name}: {share(reach.share(reach.trained))} of the models solve length {reach.trained}"
    others = [length for length in reach.values if length != reach.trained]
    if not at_home.any():
        best = max((reach.share(length).solved for length in others), default=0)
        return f"{told}, {'and none another' if not best else f'though up to {best} solve another'}."
    kept = {length: int((reach.solved(length) & at_home).sum()) for length in others}
    each = ", ".join(f"{count} solve {length}" for length, count in kept.items())
    sure = [length for length, count in kept.items() if wilson(count, int(at_home.sum())).high < 0.5]
    beyond = [length for length in sure if length > reach.trained]
    lost = f"; at {beyond[0]} surely fewer than half" if beyond else ""
    return f"{told}; of these {some(int(at_home.sum()), 'model')} {each}{lost}."


def _figure(found: Sequence[Reach], lengths: Sequence[int]) -> Figure:
    look = looks([reach.subject.trial.cell.label for reach in found])
    with canvas.panels(1, 1, 2.7) as (drawing, axes):
        panel, ends = axes[0][0], {}
        canvas.length_axis(panel, lengths)
        panel.set_ylim(-0.03, 1.03)
        panel.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "50 %", "", "100 %"])
        panel.axvline(found[0].trained, color=FAINT, dashes=(2, 2), zorder=1)
        for reach in found:
            name = reach.subject.trial.cell.label
            own, shares = look[name], [reach.share(length) for length in lengths]
            rates = np.array([part.rate for part in shares])
            bars = [rates - [part.low for part in shares], [part.high for part in shares] - rates]
            panel.errorbar(lengths, rates, yerr=bars, color=own.colour, marker=own.marker, markersize=4,
                           markeredgewidth=0, linestyle=own.dash, elinewidth=0.8)  # fmt: skip
            ends[name] = (float(rates[-1]), own.colour)
        canvas.label_ends(panel, ends, 2.7)
        drawing.supxlabel("length tested", fontsize=8.5)
        drawing.supylabel("solved", fontsize=8.5)
        svg = render(drawing, "extrapolate")
    told = "; ".join(
        f"{reach.subject.trial.cell.label}: {reach.share(lengths[0]).solved} at {lengths[0]}, "
        f"{reach.share(lengths[-1]).solved} at {lengths[-1]}" for reach in found
    )  # fmt: skip
    return Figure(
        "extrapolate", "Solved at lengths that were not trained",
        f"{some(len(found[0].subject.trials), 'model')} of each cell, trained at length {found[0].trained} (dashed). "
        "Bars: Wilson’s 95 % intervals.",
        f"Line chart of solved models by tested length. {told}.", svg,
    )  # fmt: skip
