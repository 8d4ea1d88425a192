"""What the data say of each task in a sentence or two, computed from them and true of them whatever they are."""

import itertools
import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from rnnbench.errors import RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.posed import out_of_reach
from rnnbench.registry import TASKS
from rnnbench.report.bias import one_class_notes
from rnnbench.report.data import TaskData
from rnnbench.report.dips import dip_notes
from rnnbench.report.labels import MOST_NAMED, SPACE, count, listed, percent, proportion, shortened, value
from rnnbench.report.leader import NOT_SHOWN, TOO_FEW
from rnnbench.report.separation import ahead, separation_notes
from rnnbench.stats.axes import SERIES, Series
from rnnbench.stats.difference import LEVEL, could_show, fisher, holm
from rnnbench.stats.horizon import THRESHOLD, Horizon, horizons, shares_at
from rnnbench.stats.proportion import Proportion, needed
from rnnbench.words import some

MOST = f"{percent(THRESHOLD)}{SPACE}%"
NONE = "none"
Shares = dict[Series, Proportion]


@dataclass(frozen=True)
class Finding:
    """What the data say about one task."""

    task: str
    sentence: str
    notes: list[str]
    """What must be known to read it."""
    terms: frozenset[str] = frozenset()
    """Those notes that say what words mean, and say it of every task alike."""


def find(task: TaskData) -> Finding:
    """State what the data say about ``task``."""
    found = horizons(task.summary)
    if not found:
        return Finding(task.task, f"No trial of {_name(task)} has a result yet.", [])
    lengths = sorted({length for horizon in found for length in horizon.tested})
    if len(lengths) == 1:
        notes = [_rule(task), *one_class_notes(task)]
        return Finding(task.task, _at_one_length(task, lengths[0]), notes, frozenset(notes[:1]))
    reached = any(horizon.length for horizon in found)
    sentence = (_reached(task, found, lengths) if reached else _unsolved(task, lengths)) + ahead(task)
    terms = [_rule(task), *([_of_horizons(task)] if reached else [])]
    notes = [*terms, *separation_notes(task), *dip_notes(task), *one_class_notes(task)]
    return Finding(task.task, sentence, notes, frozenset(terms))


def _name(task: TaskData) -> str:
    return task.names.tasks[task.task]


def _at_one_length(task: TaskData, length: int) -> str:
    shares = shares_at(task.summary, length)
    told = f"{_told(task, shares, shares)}{_pairs(task, shares)}"
    return f"On {_name(task)} at length {length}, repeats are solved by {told}."


def _unsolved(task: TaskData, lengths: Sequence[int]) -> str:
    summary = task.summary[task.summary["n"] > 0]
    where = f"at any of {len(lengths)} lengths ({lengths[0]} to {lengths[-1]})"
    if not summary["solved"].any():
        most = f"{math.ceil(100 * float(summary['high'].max()))}{SPACE}%"
        return (
            f"No repeat solved {_name(task)} {where}: 0 of {count(summary['n'].sum())}, and no 95{SPACE}% interval of "
            f"a series at a length reaches above {most}.{_best(task, summary)}"
        )
    length = int(summary.loc[summary["success_rate"] == summary["success_rate"].max(), "length"].max())
    shares = shares_at(task.summary, length)
    highest = max(share.rate for share in shares.values())
    top = [series for series, share in shares.items() if share.rate == highest]
    return (
        f"Nothing solved {_name(task)} in at least {MOST} of repeats {where}; the highest rate is reached at length "
        f"{length} by {_told(task, top, shares)}.{_best(task, summary)}"
    )


def _best(task: TaskData, summary: pd.DataFrame) -> str:
    """The mean that is furthest above what needs no memory: where nothing is solved it tells learning from guessing."""
    rows = summary.dropna(subset="mean").to_dict("records")
    if not rows:
        return ""
    sign = -1.0 if task.metric == "mse" else 1.0
    row = max(rows, key=lambda row: sign * (row["mean"] - (task.levels.at[row["length"]] or 0.0)))
    level = task.levels.at[row["length"]]
    without = f", where {task.levels.whose} has {value(level, task.metric)}" if level is not None else ""
    best = "The best mean" if task.levels.one else "Furthest from what needs no memory, the mean"
    return (
        f" {best} {task.value_label} is {value(row['mean'], task.metric)}, of "
        f"{task.names.series(Series(*(row[axis] for axis in SERIES)))} at length {row['length']}{without}."
    )


def _reached(task: TaskData, found: Sequence[Horizon], lengths: Sequence[int]) -> str:
    """Every horizon with its interval: which is the longest may be chance."""
    ordered = sorted(found, key=lambda item: -(item.length or 0))
    told = [_horizon(task, item, first=place == 0, longest=lengths[-1]) for place, item in enumerate(ordered)]
    return (
        f"The longest length at which {_name(task)} is solved in at least {MOST} of repeats is "
        f"{shortened(told, 'series')}{_overlap(task, ordered[:MOST_NAMED])}."
    )


def _horizon(task: TaskData, item: Horizon, *, first: bool, longest: int) -> str:
    """``8 for srnn (95 % interval 5–10)``."""
    low, high = (NONE if end is None else str(end) for end in (item.low, item.high))
    interval = f"95{SPACE}% interval {low}–{high}" if first else f"{low}–{high}"
    tested = ", the longest tested," if item.length == longest else ""
    return f"{item.length or NONE}{tested} for {task.names.series(item.series)} ({interval})"


def _overlap(task: TaskData, found: Sequence[Horizon]) -> str:
    """Say which of the intervals that are told share a length."""
    pairs = list(itertools.combinations(found, 2))
    close = [(a, b) for a, b in pairs if (a.low or 0) <= (b.high or 0) and (b.low or 0) <= (a.high or 0)]
    if not close:
        return ""
    if len(close) == len(pairs):
        return "; these intervals overlap"
    named = [f"{task.names.series(a.series)} and {task.names.series(b.series)}" for a, b in close]
    return f"; the intervals of {', of '.join(named)} overlap"


def _of_horizons(task: TaskData) -> str:
    """What the intervals of the longest lengths are, and why they may begin with none."""
    few = needed(THRESHOLD) if task.summary["n"].max() < needed(THRESHOLD) else 0
    why = f"; that takes at least {few} repeats, all solved" if few else ""
    return (
        f"The interval of such a length ends at the longest whose rate may be {MOST} by its own interval, and begins "
        f"at the longest whose rate surely is{why}."
    )


def _pairs(task: TaskData, shares: Shares) -> str:
    """Say which of some series a test tells apart."""
    pairs = list(itertools.combinations(shares, 2))
    if not pairs:
        return ""
    ps = holm([fisher(shares[one], shares[other]) for one, other in pairs])
    apart = [pair for pair, p in zip(pairs, ps, strict=True) if p < LEVEL]
    many = f", Holm’s correction for {some(len(pairs), 'comparison')}" if len(pairs) > 1 else ""
    test = f" (Fisher’s exact test at 5{SPACE}%{many})"
    if not apart:
        shows = could_show([[(shares[one], shares[other])] for one, other in pairs], lambda strata: fisher(*strata[0]))
        return f"; {NOT_SHOWN if shows else TOO_FEW}{test}"
    if len(apart) > MOST_NAMED:
        return f"; {len(apart)} of {some(len(pairs), 'pair')} differ{test}"
    return f"; {', '.join(_above(task, one, other, shares) for one, other in apart)}{test}"


def _above(task: TaskData, one: Series, other: Series, shares: Shares) -> str:
    ahead = (one, other) if shares[one].rate > shares[other].rate else (other, one)
    return " is above ".join(task.names.series(item) for item in ahead)


def _told(task: TaskData, series: Iterable[Series], shares: Shares) -> str:
    """List series with their shares."""
    return shortened([f"{task.names.series(item)} ({proportion(shares[item])})" for item in series], "series")


def _rule(task: TaskData) -> str:
    rules = [str(rule) for rule in task.trials["success_rule"].dropna().unique()]
    rule = f" ({listed(rules)})" if rules else ""
    hidden = _out_of_reach(task.task)
    return (
        f"A repeat counts as solved when its {task.value_label} meets the task’s rule{rule}; one that diverged counts "
        f"as unsolved. Intervals of rates are Wilson’s.{hidden}"
    )


def _out_of_reach(label: str) -> str:
    """Whether no trial of a task can be solved; nothing where the task is of a plug-in that is not at hand."""
    with suppress(RnnbenchError):
        told = out_of_reach(resolve(TASKS, label))
        return f" {told}" if told else ""
    return ""
