"""Which series the data tell apart, over all lengths and length by length: the whole curve, not its best point."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rnnbench.report.data import TaskData
from rnnbench.report.labels import SPACE, listed
from rnnbench.report.leader import NOT_SHOWN, TOO_FEW, leader_sentence
from rnnbench.stats.axes import Series
from rnnbench.stats.difference import LEVEL, could_show, excess, fisher, holm, mantel_haenszel
from rnnbench.stats.horizon import shares_at
from rnnbench.stats.proportion import Proportion
from rnnbench.words import some

MOST_PAIRS = 6
"""With more pairs than this the table and the figure say it better, and a sentence says who leads."""
NONE_SHOWN = "no difference of two series is shown"
AT = f"at 5{SPACE}%"


@dataclass(frozen=True)
class Compared:
    """Two series at the lengths at which both have results."""

    one: Series
    other: Series
    shares: Mapping[int, tuple[Proportion, Proportion]]

    @property
    def lead(self) -> float:
        """How many more repeats the first solves than it would at the rate of both, over all lengths."""
        return excess([*self.shares.values()])


def ahead(task: TaskData) -> str:
    """A sentence on every pair of series over all lengths, or, if they are many, on the one that solves most."""
    compared, lengths = _pairs(task)
    if not compared:
        leads = leader_sentence(by_name(task, lengths), "Over all lengths together") if len(lengths) > 1 else ""
        return f" {leads}" if leads else ""
    ps = holm([mantel_haenszel([*pair.shares.values()]) for pair in compared])
    more: dict[str, list[str]] = {}
    unclear: list[str] = []
    for pair, p in zip(compared, ps, strict=True):
        names = [task.names.series(item) for item in (pair.one, pair.other)]
        if p < LEVEL:
            first, second = names if pair.lead > 0 else names[::-1]
            more.setdefault(first, []).append(second)
        else:
            unclear.append(listed(names))
    told = [f"{first} solves more than {listed(others)}" for first, others in more.items()]
    shows = could_show([[*pair.shares.values()] for pair in compared], mantel_haenszel)
    told += [f"{NOT_SHOWN if shows else TOO_FEW} between {', or between '.join(unclear)}"] if unclear else []
    return f" Over all lengths together {'; '.join(told)} (Cochran, Mantel and Haenszel’s test {AT}{_many(ps)})."


def by_name(task: TaskData, lengths: Sequence[int]) -> dict[str, dict[int, Proportion]]:
    """The success rates of every series, by its name."""
    found: dict[str, dict[int, Proportion]] = {}
    for length in lengths:
        for series, share in shares_at(task.summary, length).items():
            found.setdefault(task.names.series(series), {})[length] = share
    return found


def separation_notes(task: TaskData) -> list[str]:
    """What a test says of every pair of series at every length; nothing where there are no pairs, or many."""
    compared, lengths = _pairs(task)
    return [_one_by_one(task, compared, lengths)] if compared else []


def every_pair(task: TaskData) -> tuple[list[Compared], list[int]]:
    """Every two series at the lengths at which both have results (all, where there are many), and all lengths."""
    lengths = sorted(set(task.summary.loc[task.summary["n"] > 0, "length"].astype(int)))
    at = {length: shares_at(task.summary, length) for length in lengths}
    every = dict.fromkeys(item for shares in at.values() for item in shares)
    pairs = list(itertools.combinations(every, 2))
    if len(pairs) > MOST_PAIRS:
        at = {length: shares for length, shares in at.items() if len(shares) == len(every)}
    compared = [
        Compared(a, b, {length: (shares[a], shares[b]) for length, shares in at.items() if a in shares and b in shares})
        for a, b in pairs
    ]
    return compared, lengths


def _pairs(task: TaskData) -> tuple[list[Compared], list[int]]:
    """The same, but no pairs where one length, or too many of them, leave nothing to tell in a sentence."""
    compared, lengths = every_pair(task)
    return ([] if len(lengths) < 2 or len(compared) > MOST_PAIRS else compared), lengths


def _one_by_one(task: TaskData, compared: Sequence[Compared], lengths: Sequence[int]) -> str:
    """The pairs at every length."""
    places = [(pair, length) for pair in compared for length in pair.shares]
    ps = holm([fisher(*pair.shares[length]) for pair, length in places])
    differ = {place for place, p in enumerate(ps) if p < LEVEL}
    test = f"(Fisher’s exact test {AT}{_many(ps)})"
    if not differ:
        shows = could_show([[pair.shares[length]] for pair, length in places], lambda strata: fisher(*strata[0]))
        return f"Length by length {NONE_SHOWN if shows else f'{TOO_FEW} of two series'} {test}."
    told = []
    for pair in compared:
        own = [length for place, (whose, length) in enumerate(places) if whose is pair and place in differ]
        told += [_told(task, pair, own, lengths)] if own else []
    return f"Length by length {test}: {'; '.join(told)}."


def _told(task: TaskData, pair: Compared, where: Sequence[int], lengths: Sequence[int]) -> str:
    """At which lengths which of two is above the other."""
    names = [task.names.series(item) for item in (pair.one, pair.other)]
    parts = []
    for order in (names, names[::-1]):
        ahead = [n for n in where if (pair.shares[n][0].rate > pair.shares[n][1].rate) == (order is names)]
        parts += [f"{' above '.join(order)} at {_ranges(ahead, lengths)}"] if ahead else []
    return " but ".join(parts)


def _many(ps: Sequence[float]) -> str:
    return f", Holm’s correction for {some(len(ps), 'comparison')}" if len(ps) > 1 else ""


def _ranges(lengths: Sequence[int], tested: Sequence[int]) -> str:
    """``15 and 40 to 120``: neighbours among the ``tested`` lengths are told as a range."""
    runs: list[list[int]] = []
    for place in (tested.index(length) for length in lengths):
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    told = [f"{tested[run[0]]} to {tested[run[-1]]}" if len(run) > 1 else str(tested[run[0]]) for run in runs]
    return f"{'length' if len(lengths) == 1 else 'lengths'} {listed(told)}"
