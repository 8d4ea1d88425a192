"""Validation data that hold one class only: detected in the results, explained from the protocol."""

import json
from typing import NamedTuple, cast

import pandas as pd

from rnnbench.report.data import TaskData
from rnnbench.report.labels import SPACE, count, listed
from rnnbench.stats.summary import results_of

BINARY = ("negatives", "positives")
NEARLY_NOTHING, GUESSED = 0.01, 0.5


class _Split(NamedTuple):
    """How validation was set apart, and which classes it lacks."""

    split: str
    data: str
    sequences: int
    size: int
    absent: tuple[int, ...]
    classes: int

    @property
    def is_sorted_end(self) -> bool:
        """Whether the cause is known: the end of a fixed data set, sorted by two classes."""
        return (self.split, self.data, self.classes, len(self.absent)) == ("last", "fixed", 2, 1)


def one_class_notes(task: TaskData) -> list[str]:
    """Say for every protocol whose validation data lack a class what that does to the numbers."""
    results = results_of(task.trials)
    results = results[results["validation_by_class"].map(lambda item: isinstance(item, list) and None in item)]
    if results.empty:
        return []
    splits = [
        _split(spec, classes) for spec, classes in zip(results["spec"], results["validation_by_class"], strict=True)
    ]
    groups = results.groupby(pd.Series(splits, index=results.index, dtype=object), sort=False)
    noted = [(cast("_Split", split), rows) for split, rows in groups]
    return [_explained(split, rows) if split.is_sorted_end else _told(split, rows, task) for split, rows in noted]


def _split(spec: str, classes: list[float | None]) -> _Split:
    protocol = json.loads(spec)["protocol"]
    absent = tuple(label for label, item in enumerate(classes) if item is None)
    where = (protocol["split"], protocol["data"], protocol["sequences"], protocol["validation"])
    return _Split(*where, absent, len(classes))


def _told(split: _Split, rows: pd.DataFrame, task: TaskData) -> str:
    lengths = f"{count(rows['length'].nunique())} of {count(task.trials['length'].nunique())} lengths"
    classes = listed([str(label) for label in split.absent])
    return f"At {lengths} validation holds no sequence of class {classes}: validation values say nothing about it."


def _explained(split: _Split, rows: pd.DataFrame) -> str:
    only, lacking = BINARY[1 - split.absent[0]], BINARY[split.absent[0]]
    trained, half = split.sequences - split.size, split.sequences // 2
    share = f"{100 * half / trained:.1f}{SPACE}%"
    reported = list(rows["reported"].dropna().unique()) == ["validation"]
    return (
        f"Validation holds {only} only: its {count(split.size)} sequences are the last of {count(split.sequences)} "
        "that are sorted by class, and were taken from the end before shuffling. With classes of equal size, training "
        f"holds {count(half)} {lacking} in {count(trained)} sequences ({share}). So a model that learned nothing "
        "answers with the more frequent class and scores 0 on validation, not one half. "
        f"{_scores(rows)}{_danger(split, rows) if reported else ''}"
    )


def _scores(rows: pd.DataFrame) -> str:
    values = pd.to_numeric(rows["validation_value"]).dropna()
    low = values.index[values <= NEARLY_NOTHING]
    tests = pd.to_numeric(rows.loc[low, "test_value"]).dropna()
    beside = f" (their mean test accuracy is {tests.mean():.3f})" if len(tests) else ""
    return f"Here {count(len(low))} of {count(len(values))} models score at most {NEARLY_NOTHING:g}{beside}."


def _danger(split: _Split, rows: pd.DataFrame) -> str:
    """What the reported number hides, and of how many models."""
    solved = rows[pd.to_numeric(rows["success"]) == 1]
    lists = [item for item in solved["test_by_class"] if isinstance(item, list)]
    blind = sum((item[split.absent[0]] or 0.0) < GUESSED for item in lists)
    taken, lost = BINARY[1 - split.absent[0]], BINARY[split.absent[0]]
    none = f"none of the {count(len(lists))} that count does: each is right in at least half of the test's {lost}"
    some = f"of {count(len(lists))} that count {count(blind)} {'is' if blind == 1 else 'are'} right in less than half"
    found = f"{some} of the test's {lost}" if blind else none
    return f" A model that takes every sequence for one of the {taken} would score 1 and count as solved; {found}."
