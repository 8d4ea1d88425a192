"""The reported value against length: every repeat, mean and standard deviation, a panel for each series."""

import math
from typing import Any

import pandas as pd

from rnnbench.report import canvas
from rnnbench.report.data import TaskData
from rnnbench.report.labels import count, value
from rnnbench.report.palette import FAINT
from rnnbench.report.svg import Figure, render
from rnnbench.stats.axes import Series, series_of

MOST_PANELS = 24


def values_figure(task: TaskData) -> Figure | None:
    """Draw the figure; None when no trial has a value."""
    trials = task.trials[task.trials["value"].notna()].astype({"value": float})
    series = dict(series_of(trials))
    if not series:
        return None
    shown = sorted(series, key=task.place)[:MOST_PANELS]
    columns = _columns(shown)
    rows = math.ceil(len(shown) / columns)
    name = f"{task.slug}-values"
    height, width = (2.5, canvas.WIDTH) if columns > 1 else (2.6, 5.0)
    with canvas.panels(rows, columns, height if rows == 1 else 1.9, width) as (drawing, axes):
        flat = list(axes.flat)
        for place, (panel, key) in enumerate(zip(flat, shown, strict=False)):
            _panel(panel, task, trials, key)
            canvas.name_panel(panel, task.names.series(key), task.looks[key.cell].colour, characters=72 // columns)
            canvas.level_line(panel, task.levels.at, task.levels.name if place == columns - 1 else "")
        for panel in flat[len(shown) :]:
            panel.set_visible(False)
        canvas.length_axis(flat[0], trials["length"].tolist())
        canvas.value_axis(flat[0], task.metric, trials["value"].tolist())
        drawing.supxlabel("length", fontsize=8.5)
        drawing.supylabel(task.value_label, fontsize=8.5)
        svg = render(drawing, name)
    label = task.value_label
    return Figure(
        name, f"{label.capitalize()} against length", _caption(task, shown, series), _describe(task, series), svg
    )


def _columns(series: list[Series]) -> int:
    cells = len({key.cell for key in series})
    complete = len({key.variant for key in series}) * cells == len(series)
    return cells if complete and cells <= 4 and len(series) > cells else min(len(series), 3)


def _panel(axes: Any, task: TaskData, trials: pd.DataFrame, key: Series) -> None:
    import seaborn

    look = task.looks[key.cell]
    for other, rows in series_of(trials):
        if other != key and other.variant == key.variant:
            means = rows.groupby("length")["value"].mean()
            axes.plot(means.index, means, color=FAINT, linewidth=0.9, zorder=1.8)
    own = trials[(trials[list(key._fields)] == list(key)).all(axis="columns")]
    axes.plot(
        own["length"], own["value"], "o", color=look.colour, markersize=3, alpha=0.22, markeredgewidth=0, zorder=2
    )
    # a standard deviation needs no resampling; the seed keeps it so if the bar is ever changed
    seaborn.lineplot(
        own, x="length", y="value", errorbar="sd", seed=0, ax=axes, color=look.colour,
        marker=look.marker, markersize=3.6, markeredgewidth=0, err_kws={"alpha": 0.16, "linewidth": 0}, zorder=3,
    )  # fmt: skip
    axes.set(xlabel="", ylabel="")


def _caption(task: TaskData, shown: list[Series], series: dict[Series, pd.DataFrame]) -> str:
    trials = sum(len(rows) for rows in series.values())
    others = " Grey: means of the other cells." if len({key.cell for key in shown}) > 1 else ""
    little = "says little of values that are all or nothing: the rates are next"
    lifted = "is lifted by a few that failed, and whose band goes to the floor where it is wider than the mean"
    cut = f", which {lifted if task.metric == 'mse' else little}"
    gone = int(task.summary["n"].sum()) - trials
    without = f" ({count(gone)} more diverged and have no value)" if gone else ""
    better = " Lower is better." if task.metric == "mse" else ""
    part = (
        f" The first {len(shown)} of {len(series)} series are drawn; the table has all."
        if len(shown) < len(series)
        else ""
    )
    return (
        f"{task.value_label.capitalize()} of {count(trials)} trained models{without}, {task.repeats_note}. Points: "
        f"single repeats. Line and band: mean ± one standard deviation{cut}.{others}{better}{task.level_note}{part}"
    )


def _describe(task: TaskData, series: dict[Series, pd.DataFrame]) -> str:
    parts = []
    for key, rows in list(series.items())[:MOST_PANELS]:
        means = rows.groupby("length")["value"].mean()
        ends = [
            f"{value(means.loc[length], task.metric)} at length {length}"
            for length in dict.fromkeys(means.index[[0, -1]])
        ]
        parts.append(f"{task.names.series(key)}: mean {' and '.join(ends)}")
    return f"Line charts of {task.value_label} against length on {task.task}. {'. '.join(parts)}."
