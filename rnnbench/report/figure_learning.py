"""Learning curves: the validation value against updates, a row for each series and a column for a few lengths."""

from typing import Any

import numpy as np
import pandas as pd

from rnnbench.report import canvas
from rnnbench.report.data import TaskData
from rnnbench.report.labels import listed, value
from rnnbench.report.palette import Look
from rnnbench.report.svg import Figure, render
from rnnbench.stats.axes import Series, series_of

MOST_ROWS = 12
MOST_COLUMNS = 4


def learning_figure(task: TaskData) -> Figure | None:
    """Draw the figure; None without curves."""
    series_columns = task.trials[["trial", *Series._fields, "length"]]
    curves = task.curves.merge(series_columns, on="trial").dropna(subset="value")
    series = list(series_of(curves.sort_values(["length", "trial", "update"])))
    if not series:
        return None
    shown = sorted(series, key=lambda item: task.place(item[0]))[:MOST_ROWS]
    lengths = a_few(sorted(curves["length"].unique()), MOST_COLUMNS)
    name = f"{task.slug}-learning"
    with canvas.panels(len(shown), len(lengths), 1.5) as (drawing, axes):
        for row, (key, rows) in zip(axes, shown, strict=True):
            for panel, length in zip(row, lengths, strict=True):
                draw_curves(panel, rows[rows["length"] == length], task.looks[key.cell])
                canvas.level_line(
                    panel, {length: task.levels.at[length]}, task.levels.name if panel is axes[0][-1] else ""
                )
            title, colour = task.names.series(key), task.looks[key.cell].colour
            canvas.name_panel(row[0], title, colour, characters=72 // len(lengths))
        _head(axes, lengths)
        canvas.value_axis(axes[0][0], task.metric, curves["value"].tolist())
        drawing.supxlabel("updates", fontsize=8.5)
        drawing.supylabel(f"validation {'mean squared error' if task.metric == 'mse' else 'accuracy'}", fontsize=8.5)
        svg = render(drawing, name)
    caption = _caption(task, (len(shown), len(series)), (len(lengths), curves["length"].nunique()))
    return Figure(name, "Learning curves", caption, _describe(task, shown, lengths), svg)


def a_few(lengths: list[int], most: int) -> list[int]:
    """Choose at most ``most`` lengths, the first and the last among them, evenly by rank."""
    ranks = np.linspace(0, len(lengths) - 1, min(most, len(lengths))).round().astype(int)
    return [int(lengths[rank]) for rank in ranks]


def _head(axes: Any, lengths: list[int]) -> None:
    from matplotlib.ticker import MaxNLocator

    for panel, length in zip(axes[0], lengths, strict=True):
        panel.set_title(f"length {length}", loc="right", fontsize=canvas.SMALL)
    axes[0][0].xaxis.set_major_locator(MaxNLocator(3, integer=True))


def draw_curves(axes: Any, curves: pd.DataFrame, look: Look) -> None:
    """Draw columns trial, update, value: every trial and their mean."""
    for _, member in curves.groupby("trial", sort=False):
        dot = "." if len(member) == 1 else ""  # where no line can be
        axes.plot(member["update"], member["value"], color=look.colour, linewidth=0.6, alpha=0.25, marker=dot)
    mean = curves.groupby("update")["value"].mean()
    few = len(mean) <= 12
    axes.plot(mean.index, mean, color=look.colour, linewidth=1.8, marker=look.marker if few else "", markersize=3.5)


def _caption(task: TaskData, series: tuple[int, int], lengths: tuple[int, int]) -> str:
    """What is drawn, and of how much: so many of so many series and lengths."""
    part = f" The first {series[0]} of {series[1]} series are drawn." if series[0] < series[1] else ""
    some_of = f", at {lengths[0]} of {lengths[1]} lengths" if lengths[0] < lengths[1] else ""
    return (
        f"Validation value during training{some_of}; {task.repeats_note}. Thin: single repeats; thick: their mean."
        f"{task.level_note}{part}"
    )


def _describe(task: TaskData, shown: list[tuple[Series, pd.DataFrame]], lengths: list[int]) -> str:
    parts = []
    for key, rows in shown:
        last = rows[rows["update"] == rows["update"].max()].groupby("length")["value"].mean()
        told = [
            f"{value(last.loc[length], task.metric)} at length {length}" for length in lengths if length in last.index
        ]
        if told:
            parts.append(f"{task.names.series(key)} ends at a mean of {listed(told)}")
    return f"Learning curves of validation values on {task.task}. {'. '.join(parts)}."
