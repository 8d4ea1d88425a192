"""One sentence for each task, computed from the data and true of them whatever they are."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rnnbench.report.bias import one_class_notes
from rnnbench.report.data import TaskData
from rnnbench.report.labels import SPACE, count, listed, percent, proportion
from rnnbench.report.separation import separation_notes
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
    return Finding(
        task.task, sentence, [_rule(task), *separation_notes(task), *_gaps(task, found), *one_class_notes(task)]
    )


def _name(task: TaskData) -> str:
    return task.names.tasks[task.task]


def _at_one_length(task: TaskData, length: int) -> str:
    shares = shares_at(task.summary, length)
    told = _told(task, shares, shares)
    return f"On {_name(task)} at length {length}, repeats are solved by {told}{_pairs(task, shares)}."


def _unsolved(task: TaskData, lengths: Sequence[int]) -> str:
    summary = task.summary[task.summary["n"] > 0]
    where = f"at any of {len(lengths)} lengths ({lengths[0]} to {lengths[-1]})"
    if not summary["solved"].any():
        most = f"{percent(float(summary['high'].max()))}{SPACE}%"
        return (
            f"No repeat solved {_name(task)} {where}: 0 of {count(summary['n'].sum())}, and no 95{SPACE}% interval of "
            f"a cell at a length reaches above {most}."
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
    absent = [task.names.series(item.series) for item in found if item.series not in shares]
    missing = f"; there is no result at that length for {_shortened(absent, 'series')}" if absent else ""
    others = sorted((item for item in found if item.series not in leaders), key=lambda item: -(item.length or 0))
    longest = ", the longest tested" if best == lengths[-1] else ""
    return (
        f"The longest length at which {_name(task)} is solved in at least {LEVEL} of repeats is {best}{longest}, "
        f"reached by {_told(task, leaders, shares)}{_others_reach(task, others)}{_against(task, leaders, shares)}"
        f"{missing}."
    )


def _others_reach(task: TaskData, others: Sequence[Horizon]) -> str:
    if not others:
        return ""
    if len(others) > MOST_NAMED:
        some = sum(item.length is not None for item in others)
        return f"; a shorter such length exists for {some} of {len(others)} other series"
    told = [
        f"for {task.names.series(item.series)} {f'it is {item.length}' if item.length else 'there is none'}"
        for item in others
    ]
    return f"; {listed(told)}"


def _against(task: TaskData, leaders: Sequence[Series], shares: Shares) -> str:
    """Say whether the leaders' intervals stand apart from the others' at the same length, and from each other's."""
    others = [series for series in shares if series not in leaders]
    led = {series: shares[series] for series in leaders}
    if not others:
        return _pairs(task, led)
    close = [series for series in others if any(shares[series].overlaps(shares[leader]) for leader in leaders)]
    apart = [series for series in others if series not in close]
    one = len(leaders) == 1
    parts = []
    if apart:
        parts.append(f"{'lies' if one else 'lie'} apart from {_of(task, apart, shares)}")
    if close:
        end = f"which these data do not separate from {'it' if one else 'all of them'}"
        parts.append(f"{'overlaps' if one else 'overlap'} {_of(task, close, shares)}, {end}")
    whose = "its interval" if one else "their intervals"
    return f"; at that length {whose} {' but '.join(parts)}{_pairs(task, led, 'the leaders’ own intervals')}"


def _of(task: TaskData, series: Sequence[Series], shares: Shares) -> str:
    return (
        f"those of {len(series)} other series" if len(series) > MOST_NAMED else f"that of {_told(task, series, shares)}"
    )


def _pairs(task: TaskData, shares: Shares, what: str = "these intervals") -> str:
    """Say which of some series the data do not separate from which."""
    pairs = list(itertools.combinations(shares, 2))
    close = [pair for pair in pairs if shares[pair[0]].overlaps(shares[pair[1]])]
    if not pairs:
        return ""
    if not close:
        return f"; {what} lie apart"
    if len(close) == len(pairs):
        return f"; {what} overlap, so the data do not separate them"
    if len(close) > MOST_NAMED:
        return f"; {len(close)} of {len(pairs)} pairs of {what} overlap, and those the data do not separate"
    named = [f"{task.names.series(one)} from {task.names.series(other)}" for one, other in close]
    return f"; some of {what} overlap, so the data do not separate {listed(named)}"


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
        f"A repeat counts as solved when its {task.value_label} meets the task’s rule{rule}; one that diverged counts "
        "as unsolved. Intervals are Wilson’s."
    )


def _gaps(task: TaskData, found: Sequence[Horizon]) -> list[str]:
    missed = {item.series: [str(length) for length in item.missed] for item in found if item.missed}
    told = [
        f"{task.names.series(series)} is below {LEVEL} also at {_shortened(lengths, 'lengths')}"
        for series, lengths in missed.items()
    ]
    return [f"Success does not only fall with length: {_shortened(told, 'series')}."] if told else []
