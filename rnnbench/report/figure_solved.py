"""The share of repeats that solve the task, against length, with Wilson's intervals."""

import math
from typing import Any

import pandas as pd

from rnnbench.report import canvas
from rnnbench.report.data import TaskData
from rnnbench.report.labels import percent
from rnnbench.report.palette import FAINT, Look
from rnnbench.report.svg import Figure, render
from rnnbench.stats.axes import series_of
from rnnbench.stats.horizon import THRESHOLD

MOST_PANELS = 12
DENSE = 12
"""With more lengths intervals are drawn as bands too, and cells are not moved aside."""
DODGE = 3.5
"""Points between the bars of two cells."""


def solved_figure(task: TaskData) -> Figure | None:
    """Draw the figure, a panel for each variant; None without results."""
    summary = task.summary[task.summary["n"] > 0]
    variants = list(dict.fromkeys(summary["variant"]))
    if not variants:
        return None
    shown = variants[:MOST_PANELS]
    columns = min(len(shown), 2)
    rows = math.ceil(len(shown) / columns)
    name = f"{task.slug}-solved"
    height, width = (2.1, canvas.WIDTH) if len(shown) > 1 else (2.7, canvas.WIDTH)
    with canvas.panels(rows, columns, height, width) as (drawing, axes):
        flat = list(axes.flat)
        canvas.length_axis(flat[0], summary["length"].tolist())
        flat[0].set_ylim(-0.03, 1.03)
        flat[0].set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "50 %", "", "100 %"])
        for panel, variant in zip(flat, shown, strict=False):
            _panel(panel, task, summary[summary["variant"] == variant], height)
            if variant:
                canvas.name_panel(panel, variant, characters=72 // columns)
        for panel in flat[len(shown) :]:
            panel.set_visible(False)
        drawing.supxlabel("length", fontsize=8.5)
        drawing.supylabel("solved repeats", fontsize=8.5)
        svg = render(drawing, name)
    return Figure(name, "Success rate against length", _caption(task, len(shown), len(variants)), _describe(task), svg)


def _panel(axes: Any, task: TaskData, summary: pd.DataFrame, height: float) -> None:
    axes.axhline(THRESHOLD, color=FAINT, linewidth=0.9, dashes=(2, 2), zorder=1.5)
    ends = {}
    dense = summary["length"].nunique() > DENSE
    cells = summary["cell"].nunique()
    for place, (key, unsorted) in enumerate(series_of(summary)):
        rows, look, name = unsorted.sort_values("length"), task.looks[key.cell], task.names.cells[key.cell]
        _line(axes, rows, look, name, 0 if dense else (place - (cells - 1) / 2) * DODGE)
        if dense:
            axes.fill_between(rows["length"], rows["low"], rows["high"], color=look.colour, alpha=0.13, linewidth=0)
        ends[name] = (float(rows["success_rate"].iloc[-1]), look.colour)
    canvas.label_ends(axes, ends, height)


def _line(axes: Any, rows: pd.DataFrame, look: Look, name: str, aside: float) -> None:
    """Draw one cell, ``aside`` points from its lengths so that bars do not hide each other."""
    from matplotlib.transforms import ScaledTranslation

    moved = axes.transData + ScaledTranslation(aside / 72, 0, axes.figure.dpi_scale_trans)
    rates = rows["success_rate"]
    style = {"color": look.colour, "marker": look.marker, "markersize": 4, "markeredgewidth": 0, "linestyle": look.dash}
    errors = [rates - rows["low"], rows["high"] - rates]
    axes.errorbar(rows["length"], rates, yerr=errors, **style, elinewidth=0.8, label=name, transform=moved)


def _caption(task: TaskData, shown: int, variants: int) -> str:
    rules = list(task.trials["success_rule"].dropna().unique())
    rule = f" when {rules[0]}" if len(rules) == 1 else ""
    bars = "Bars and bands" if task.summary["length"].nunique() > DENSE else "Bars"
    part = f" The first {shown} of {variants} variants are drawn; the table has all." if shown < variants else ""
    return (
        f"Share of repeats that solve the task, {task.repeats_note}. A repeat counts as solved{rule} "
        f"({task.value_label.split()[0]}); one that diverged counts as unsolved. {bars}: Wilson’s 95 % intervals. "
        f"Dashed: {percent(THRESHOLD)} %.{part}"
    )


def _describe(task: TaskData) -> str:
    parts = []
    for key, rows in series_of(task.summary[task.summary["n"] > 0]):
        ends = rows.sort_values("length").iloc[[0, -1]].drop_duplicates("length")
        told = [f"{percent(row['success_rate'])} % at length {row['length']}" for _, row in ends.iterrows()]
        parts.append(f"{task.names.series(key)}: {' and '.join(told)}")
    return f"Line chart of the success rate against length on {task.task}. {'. '.join(parts[:24])}."
