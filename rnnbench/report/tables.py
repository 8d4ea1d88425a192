"""The report's tables, the same for both formats."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rnnbench.ran import Ran
from rnnbench.report.data import RunData, TaskData
from rnnbench.report.flags import Flags
from rnnbench.report.labels import NOTHING, Names, by_class, count, one_line, percent, value
from rnnbench.stats.axes import Series
from rnnbench.stats.cost import cost

MOST_FAILURES = 500


@dataclass(frozen=True)
class Column:
    """A column's head; numbers stand at the right."""

    title: str
    number: bool = False


@dataclass(frozen=True)
class Entry:
    """One entry and what it is sorted by; nothing is sorted last."""

    text: str
    key: float | str | None = None


@dataclass(frozen=True)
class Table:
    """A table of the report."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Entry]]
    sortable: bool = False


def results_table(task: TaskData, name: str) -> Table:
    """Make one row for each series and length of a task."""
    flags = Flags.of(task.trials, task.budget)
    variants = task.summary["variant"].nunique() > 1
    diverged = bool(task.summary["diverged"].any())
    classes = bool(task.summary["test_by_class"].notna().any()) and task.metric != "mse"
    numbers = ["Length", "Mean ± SD", "Solved", "Rate, %", "95 % interval", "Median updates"]
    numbers += ["Diverged"] if diverged else []
    numbers += ["Validation by class", "Test by class"] if classes else []
    words = ["Cell", "Variant"] if variants else ["Cell"]
    numbers[1:1] = task.tuned.titles
    columns = [*(Column(title) for title in words), *(Column(title, number=True) for title in numbers)]
    rows = [
        _result(row, task, flags, variants=variants, diverged=diverged, classes=classes)
        for row in task.summary.to_dict("records")
    ]
    left_out = " without the models that diverged" if diverged else ""
    caption = (
        f"Results for each cell and length: mean ± standard deviation of the {task.value_label}{left_out}, how many of "
        "all repeats with a result are solved, with Wilson’s 95 % interval, and the median number of updates until "
        f"validation first met the success rule{_how_often(task)} (∞: half or more never did). By class: mean accuracy "
        "on class 0 / class 1 and so on."
    )
    caption = caption if classes else caption.partition(" By class")[0]
    return Table(name, caption + task.tuned.note + flags.note, columns, rows, sortable=True)


def _how_often(task: TaskData) -> str:
    """How far one validation is from the next: no number of updates is known more closely."""
    every = sorted(task.curves.groupby("trial")["update"].min().unique())
    return (
        f", tried every {' to '.join(f'{update:,}' for update in dict.fromkeys([every[0], every[-1]]))}"
        if every
        else ""
    )


def _result(
    row: dict[Any, Any], task: TaskData, flags: Flags, *, variants: bool, diverged: bool, classes: bool
) -> list[Entry]:
    interval = f"{percent(row['low'])}–{percent(row['high'])}" if row["n"] else NOTHING
    return [
        Entry(flags.beside(task.names.cells[row["cell"]], row)),
        *([Entry(row["variant"])] if variants else []),
        _number(row["length"]),
        *(Entry(text) for text in task.tuned.texts(row)),
        Entry(f"{value(row['mean'], task.metric)} ± {value(row['sd'], task.metric)}", _key(row["mean"])),
        Entry(f"{row['solved']} of {row['n']}", float(row["solved"])),
        Entry(percent(row["success_rate"]), _key(row["success_rate"])),
        Entry(interval, row["low"] if row["n"] else None),
        Entry(_updates(row["median_updates"]), _key(row["median_updates"])),
        *([_number(row["diverged"])] if diverged else []),
        *([Entry(by_class(row[f"{source}_by_class"])) for source in ("validation", "test")] if classes else []),
    ]


def cost_table(data: RunData) -> Table:
    """Make one row for each series and way of running."""
    table, flags = cost(data.trials), Flags.of(data.trials, data.budget)
    sizes = {"hidden": "Units"} if data.budget else {}
    sizes |= {"parameters": "Parameters", "state_size": "State size"}
    sizes |= {"operations": "Operations"} if table["operations"].notna().any() else {}
    titles = ["Trials", "Seconds", "Models per second", *sizes.values()]
    several = data.trials["task"].nunique() > 1
    reasons: dict[str, int] = {}
    rows = [
        [
            Entry(flags.beside(_series_name(row, data.names, task=several), row)),
            _number(row["trials"]),
            Entry(f"{row['wall_seconds']:,.1f}", row["wall_seconds"]),
            Entry(value(row["models_per_second"], "mse"), _key(row["models_per_second"])),
            *(_optional(row[key]) for key in sizes),
            Entry(_kernel(row["kernel"], reasons)),
            *(Entry(_word(row[key])) for key in ("device", "precision")),
        ]
        for row in table.to_dict("records")
    ]
    columns = [Column("Series"), *(Column(title, number=True) for title in titles)]
    caption = (
        "Cost of training. Seconds are those of one process: with several jobs at a time a person waits for less. "
        "Models that are trained together share its time evenly, whatever their axes. Compiling a kernel, which is "
        "done once and kept, is left out. State size is in floats."
    )
    if "operations" in sizes:
        caption += (
            " Operations are the multiply-adds and function evaluations that one sequence needs to advance one step, "
            "read-out left out."
        )
    caption += "".join(f" [{number}] {reason}." for reason, number in reasons.items()) + flags.note
    return Table("cost", caption, [*columns, Column("Kernel"), Column("Device"), Column("Precision")], rows)


def failures_table(data: RunData) -> Table | None:
    """Make one row for each trial that diverged, failed or was skipped; None when there is none."""
    failed = data.trials[data.trials["status"] != "ok"]
    if failed.empty:
        return None
    several, flags = data.trials["task"].nunique() > 1, Flags.of(data.trials, data.budget)
    rows = [
        [
            Entry(row["status"]),
            Entry(flags.beside(_series_name(row, data.names, task=several), row)),
            _number(row["length"]),
            _number(row["seed"]),
            _optional(row["diverged_at"]),
            Entry(one_line(row["reason"])),
            Entry(row["trial"]),
        ]
        for row in failed.head(MOST_FAILURES).to_dict("records")
    ]
    numbers = [Column(title, number=True) for title in ("Length", "Seed", "Update")]
    columns = [Column("Status"), Column("Series"), *numbers, Column("Reason"), Column("Trial")]
    part = (
        f" The first {count(MOST_FAILURES)} of {count(len(failed))} are listed." if len(failed) > MOST_FAILURES else ""
    )
    caption = (
        "Trials that did not end well. One that diverged counts as unsolved; errors and skipped trials are no results "
        f"and are left out of all statistics.{part}{flags.note}"
    )
    return Table("failures", caption, columns, rows, sortable=len(rows) > 1)


def pairs_table(name: str, caption: str, heads: tuple[str, str], pairs: Sequence[tuple[str, str]]) -> Table:
    """Make a table of names and values."""
    return Table(name, caption, [Column(head) for head in heads], [[Entry(key), Entry(text)] for key, text in pairs])


def _series_name(row: dict[Any, Any], names: Names, *, task: bool) -> str:
    series = Series(row["task"], row["cell"], row["hidden"], row["variant"])
    return f"{names.tasks[series.task]}: {names.series(series)}" if task else names.series(series)


def _number(number: float) -> Entry:
    return Entry(count(number), float(number))


def _optional(number: float | None) -> Entry:
    return Entry(NOTHING) if number is None or pd.isna(number) else _number(number)


def _kernel(kernel: Any, reasons: dict[str, int]) -> str:
    """``eager [1]``: why it is no faster one may be a long sentence, and stands below."""
    ran = Ran.of(_word(kernel))
    return f"{ran.name} [{reasons.setdefault(ran.reason, len(reasons) + 1)}]" if ran.reason else ran.name


def _word(word: Any) -> str:
    return NOTHING if word is None or pd.isna(word) else str(word)


def _updates(number: float) -> str:
    return NOTHING if math.isnan(number) else "∞" if math.isinf(number) else count(number)


def _key(number: float) -> float | None:
    return None if pd.isna(number) else 1e300 if math.isinf(number) else float(number)
