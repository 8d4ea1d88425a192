"""One sentence for each task, computed from the data and true of them whatever they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rnnbench.report.bias import one_class_notes
from rnnbench.report.data import TaskData
from rnnbench.report.labels import SPACE, count, listed, percent, proportion
from rnnbench.stats.axes import Series
from rnnbench.stats.horizon import THRESHOLD, Horizon, horizons, shares_at
from rnnbench.stats.proportion import Proportion

MOST_NAMED = 4
LEVEL = f"{percent(THRESHOLD)}{SPACE}%"
Shares = dict[Series, Proportion]


@dataclass(frozen=True)
class Finding:
    """What the data say about one task."""

    task: str
    sentence: str
    notes: list[str]
    """What must be known to read it."""


def find(task: TaskData) -> Finding:
    """State what the data say about ``task``."""
    found = horizons(task.summary)
    if not found:
        return Finding(task.task, f"No trial of {_name(task)} has a result yet.", [])
    lengths = sorted({length for horizon in found for length in horizon.tested})
    best = max((horizon.length or 0 for horizon in found), default=0)
    if len(lengths) == 1:
        sentence = _at_one_length(task, lengths[0])
    elif best == 0:
        sentence = _unsolved(task, lengths)
    else:
        sentence = _reached(task, found, best, lengths)
    return Finding(task.task, sentence, [_rule(task), *_gaps(task, found), *one_class_notes(task)])


def _name(task: TaskData) -> str:
    return task.names.tasks[task.task]


def _at_one_length(task: TaskData, length: int) -> str:
    shares = shares_at(task.summary, length)
    return f"At length {length}, repeats that solve {_name(task)} are: {_told(task, shares, shares)}{_pairs(task, shares)}."


def _unsolved(task: TaskData, lengths: Sequence[int]) -> str:
    summary = task.summary[task.summary["n"] > 0]
    where = f"at any of {len(lengths)} lengths ({lengths[0]} to {lengths[-1]})"
    if not summary["solved"].any():
        most = f"{percent(float(summary['high'].max()))}{SPACE}%"
        return (
            f"No repeat solved {_name(task)} {where}: 0 of {count(summary['n'].sum())}, and no 95{SPACE}% interval of a "
            f"cell at a length reaches above {most}."
        )
    length = int(summary.loc[summary["success_rate"] == summary["success_rate"].max(), "length"].max())
    shares = shares_at(task.summary, length)
    highest = max(share.rate for share in shares.values())
    top = [series for series, share in shares.items() if share.rate == highest]
    return (
        f"Nothing solved {_name(task)} in at least {LEVEL} of repeats {where}; the highest rate is reached at length "
        f"{length} by {_told(task, top, shares)}{_against(task, top, shares)}."
    )


def _reached(task: TaskData, found: Sequence[Horizon], best: int, lengths: Sequence[int]) -> str:
    shares = shares_at(task.summary, best)
    leaders = [horizon.series for horizon in found if horizon.length == best]
    others = sorted((item for item in found if item.series not in leaders), key=lambda item: -(item.length or 0))
    reach = [f"{task.names.series(item.series)} reaches {item.length or 'none'}" for item in others]
    rest = f"; {_shortened(reach, 'series')}" if reach else ""
    longest = ", the longest tested" if best == lengths[-1] else ""
    return (
        f"The longest length at which {_name(task)} is solved in at least {LEVEL} of repeats is {best}{longest}, reached "
        f"by {_told(task, leaders, shares)}{rest}{_against(task, leaders, shares)}."
    )


def _against(task: TaskData, leaders: Sequence[Series], shares: Shares) -> str:
    """Say whether the leaders' intervals stand apart from the others' at the same length, and from each other's."""
    others = [series for series in shares if series not in leaders]
    tied = _pairs(task, {series: shares[series] for series in leaders})
    if not others:
        return tied
    close = [series for series in others if any(shares[series].overlaps(shares[leader]) for leader in leaders)]
    apart = [series for series in others if series not in close]
    whose = "its interval" if len(leaders) == 1 else "their intervals"
    parts = []
    if apart:
        parts.append(f"{whose} at that length lie{'s' * (len(leaders) == 1)} apart from {_told(task, apart, shares)}")
    if close:
        again = "" if apart else " at that length"
        verb = "overlaps" if len(leaders) == 1 else "overlap"
        parts.append(f"{whose}{again} {verb} {_told(task, close, shares)}, which these data do not separate from it")
    if len(leaders) > 1:
        parts = [part.replace("separate from it", "separate from them") for part in parts]
    return f"; {' but '.join(parts)}{tied}"


def _pairs(task: TaskData, shares: Shares) -> str:
    """Say which of some series the data do not separate from which."""
    series = list(shares)
    pairs = [(one, other) for place, one in enumerate(series) for other in series[place + 1 :]]
    close = [pair for pair in pairs if shares[pair[0]].overlaps(shares[pair[1]])]
    if not pairs:
        return ""
    if not close:
        return "; these intervals lie apart"
    if len(close) == len(pairs):
        return "; these intervals overlap, so the data do not separate them"
    named = [f"{task.names.series(one)} from {task.names.series(other)}" for one, other in close]
    return f"; some of these intervals overlap, so the data do not separate {_shortened(named, 'pairs')}"


def _told(task: TaskData, series: Iterable[Series], shares: Shares) -> str:
    """List series with their shares."""
    return _shortened([f"{task.names.series(item)} ({proportion(shares[item])})" for item in series], "series")


def _shortened(items: Sequence[str], what: str) -> str:
    """List a few; the table has the others."""
    if len(items) <= MOST_NAMED:
        return listed(items)
    return f"{', '.join(items[:MOST_NAMED])} and {len(items) - MOST_NAMED} further {what}"


def _rule(task: TaskData) -> str:
    rules = [str(rule) for rule in task.trials["success_rule"].dropna().unique()]
    rule = f" ({listed(rules)})" if rules else ""
    return (
        f"A repeat counts as solved when its {task.value_label} meets the task’s rule{rule}; one that diverged counts as "
        "unsolved. Intervals are Wilson’s."
    )


def _gaps(task: TaskData, found: Sequence[Horizon]) -> list[str]:
    told = [
        f"{task.names.series(item.series)} is below {LEVEL} also at {_shortened([str(x) for x in item.missed], 'lengths')}"
        for item in found
        if item.missed
    ]
    return [f"Success does not only fall with length: {_shortened(told, 'series')}."] if told else []
