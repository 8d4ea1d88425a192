"""The table of differences: how large, how sure, and the p of each test that the findings speak of."""

from collections.abc import Sequence

from rnnbench.report.data import TaskData
from rnnbench.report.labels import percent
from rnnbench.report.leader import ranked
from rnnbench.report.separation import MOST_PAIRS, Compared, by_name, every_pair
from rnnbench.report.tables import Column, Entry, Table
from rnnbench.stats.difference import LEVEL, Strata, fisher, holm, mantel_haenszel, rate_difference
from rnnbench.words import some

TINY = 1e-6
"""Smaller ones say no more, and the approximation by a chi-square does not hold so far out."""


def differences_table(task: TaskData, name: str) -> Table | None:
    """A row for each pair over all lengths, and for each length where two are told apart; None without two series.

    Of many pairs the rows are those of the series that solves most.
    """
    compared, lengths = every_pair(task)
    compared = [pair for pair in compared if pair.shares]
    many, several = len(compared) > MOST_PAIRS, len(lengths) > 1
    rows = [*(_over_all(task, compared, lengths) if several else [])]
    rows += [] if many and several else _by_length(task, compared, lengths)
    if not rows:
        return None
    numbers = ("Length", "Solved", "of the other", "Difference", "95 % interval", "p", "p corrected")
    columns = [Column("Series"), Column("against"), *(Column(title, number=True) for title in numbers)]
    which = [
        *(["over all lengths by Cochran, Mantel and Haenszel’s test, with their correction of one half"] * several),
        *([f"at a length by Fisher’s exact test{', where it tells two apart' * several}"] * (not (many and several))),
    ]
    caption = (
        f"{'The series that solves most against the others' if many else 'Every two series'}: differences of success "
        f"rates in points of a hundred{', the mean of all lengths where they are taken together' * several}, with "
        f"Newcombe’s interval, which is of one difference, not of many; {'; '.join(which)}. Corrected: by Holm, for "
        f"{some(len(compared), 'pair')}{' (and lengths)' * (several and not many)}."
    )
    return Table(name, caption, columns, rows, sortable=len(rows) > 1)


def _over_all(task: TaskData, compared: Sequence[Compared], lengths: Sequence[int]) -> list[list[Entry]]:
    ps = [mantel_haenszel([*pair.shares.values()]) for pair in compared]
    return [
        _row(task, pair, [*pair.shares.values()], None, (p, corrected))
        for pair, p, corrected in zip(compared, ps, holm(ps), strict=True)
        if _is_told(task, pair, compared, lengths)
    ]


def _is_told(task: TaskData, pair: Compared, compared: Sequence[Compared], lengths: Sequence[int]) -> bool:
    """Of many pairs those of the series that solves most."""
    if len(compared) <= MOST_PAIRS:
        return True
    return ranked(by_name(task, lengths))[0] in map(task.names.series, (pair.one, pair.other))


def _by_length(task: TaskData, compared: Sequence[Compared], lengths: Sequence[int]) -> list[list[Entry]]:
    places = [(pair, length) for pair in compared for length in pair.shares]
    ps = [fisher(*pair.shares[length]) for pair, length in places]
    return [
        _row(task, pair, [pair.shares[length]], length, (p, corrected))
        for (pair, length), p, corrected in zip(places, ps, holm(ps), strict=True)
        if corrected < LEVEL or (len(lengths) == 1 and _is_told(task, pair, compared, lengths))
    ]


def _row(task: TaskData, pair: Compared, strata: Strata, length: int | None, ps: tuple[float, float]) -> list[Entry]:
    """The one that solves more stands first."""
    names = [task.names.series(item) for item in (pair.one, pair.other)]
    difference, low, high = rate_difference(strata)
    if difference < 0:
        names, strata = names[::-1], [(other, one) for one, other in strata]
        difference, low, high = -difference, -high, -low
    counts = [(sum(part.solved for part in side), sum(part.n for part in side)) for side in zip(*strata, strict=True)]
    return [
        *map(Entry, names),
        Entry("all" if length is None else str(length), 0.0 if length is None else float(length)),
        *(Entry(f"{solved} of {n}", solved / n) for solved, n in counts),
        Entry(percent(difference), difference),
        Entry(f"{_signed(low)} to {_signed(high)}", low),
        *(Entry(f"{p:.2g}" if p >= TINY else f"< {TINY:g}", p) for p in ps),
    ]


def _signed(share: float) -> str:
    return f"-{percent(-share)}" if share < 0 else percent(share)
