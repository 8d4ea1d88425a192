"""Accuracy class by class on validation and test data: what an average over classes hides."""

from typing import Any

import pandas as pd

from rnnbench.report import canvas
from rnnbench.report.data import TaskData
from rnnbench.report.labels import by_class
from rnnbench.report.palette import MUTED, Look
from rnnbench.report.svg import Figure, render
from rnnbench.stats.axes import series_of

MOST_ROWS = 12
NAMED_CLASSES = 4
"""With more classes lines are thin and nameless."""
SOURCES = ("validation", "test")


def classes_figure(task: TaskData) -> Figure | None:
    """Draw the figure, a row for each series; None when answers are no classes."""
    summary = task.summary[task.summary["test_by_class"].notna() | task.summary["validation_by_class"].notna()]
    series = list(series_of(summary))
    if not series or task.metric == "mse":
        return None
    shown = sorted(series, key=lambda item: task.place(item[0]))[:MOST_ROWS]
    name = f"{task.slug}-classes"
    with canvas.panels(len(shown), 2, 1.55) as (drawing, axes):
        canvas.length_axis(axes[0][0], summary["length"].tolist())
        canvas.value_axis(axes[0][0], "accuracy", [])
        for row, (key, rows) in zip(axes, shown, strict=True):
            for panel, source in zip(row, SOURCES, strict=True):
                _panel(panel, rows.sort_values("length"), f"{source}_by_class", task.looks[key.cell])
                title = f"{task.names.series(key)}, {source}"
                canvas.name_panel(panel, title, task.looks[key.cell].colour, characters=36)
        drawing.supxlabel("length", fontsize=8.5)
        drawing.supylabel("accuracy of each class", fontsize=8.5)
        svg = render(drawing, name)
    part = (
        f" The first {len(shown)} of {len(series)} series are drawn; the table has all."
        if len(shown) < len(series)
        else ""
    )
    caption = (
        f"Mean accuracy on the sequences of each class, on validation and on test data, {task.repeats_note}. A model "
        f"that says the same to everything has one class at 1 and the others at 0.{part}"
    )
    return Figure(name, "Accuracy by class", caption, _describe(task, shown), svg)


def _panel(axes: Any, rows: pd.DataFrame, column: str, look: Look) -> None:
    lists = rows[column]
    classes = max((len(item) for item in lists if isinstance(item, list)), default=0)
    ends: dict[str, tuple[float, str]] = {}
    for label in range(classes):
        values = [item[label] if isinstance(item, list) else None for item in lists]
        points = [(length, value) for length, value in zip(rows["length"], values, strict=True) if value is not None]
        if not points:
            ends[f"no class {label}"] = (1.0, MUTED)
            continue
        _line(axes, points, label, look, faint=classes > NAMED_CLASSES)
        ends[f"class {label}"] = (float(points[-1][1]), look.colour)
    if len(ends) <= NAMED_CLASSES:
        canvas.label_ends(axes, ends, 1.2)


def _line(axes: Any, points: list[tuple[int, float]], label: int, look: Look, *, faint: bool) -> None:
    lengths, values = zip(*points, strict=True)
    style = (
        {"linewidth": 0.7, "alpha": 0.5}
        if faint
        else {
            "marker": look.marker,
            "markersize": 4,
            "markerfacecolor": look.colour if label else "none",
            "dashes": [(), (4, 1.5), (1.5, 1.5), (6, 2, 1, 2)][(label + 1) % 2 + label // 2 * 2],
        }
    )
    axes.plot(lengths, values, color=look.colour, **style)


def _describe(task: TaskData, shown: list[Any]) -> str:
    parts = []
    for key, rows in shown:
        last = rows.sort_values("length").iloc[-1]
        told = [f"{source} {by_class(last[f'{source}_by_class'])}" for source in SOURCES]
        parts.append(f"{task.names.series(key)} at length {last['length']}: {', '.join(told)}")
    head = f"Line charts of accuracy by class (class 0 / class 1 and so on) against length on {task.task}"
    return f"{head}. {'. '.join(parts)}."
