"""Which series the data tell apart at which lengths: the whole curve, not only its longest good length."""

import itertools
from collections.abc import Sequence

from rnnbench.report.data import TaskData
from rnnbench.report.labels import SPACE, listed
from rnnbench.stats.axes import Series
from rnnbench.stats.horizon import shares_at

MOST_PAIRS = 6
"""With more pairs than this the table and the figure say it better."""
NOWHERE = "at no length"


def separation_notes(task: TaskData) -> list[str]:
    """One sentence for every pair of series with results at several lengths; none for a single length."""
    lengths = sorted(set(task.summary.loc[task.summary["n"] > 0, "length"].astype(int)))
    shares = {length: shares_at(task.summary, length) for length in lengths}
    series = list(dict.fromkeys(item for at_length in shares.values() for item in at_length))
    pairs = list(itertools.combinations(series, 2))
    if len(lengths) < 2 or not 0 < len(pairs) <= MOST_PAIRS:
        return []
    told = [_told(task, one, other, lengths) for one, other in pairs]
    if all(text.endswith(NOWHERE) for text in told):
        return [f"At no length do 95{SPACE}% intervals of the success rate of two series lie apart."]
    return [f"Where 95{SPACE}% intervals of the success rate lie apart: {'; '.join(told)}."]


def _told(task: TaskData, one: Series, other: Series, lengths: Sequence[int]) -> str:
    names = task.names.series(one), task.names.series(other)
    parts = []
    for better, worse, swap in ((one, other, False), (other, one, True)):
        where = [length for length in lengths if _above(task, better, worse, length)]
        if where:
            first, second = reversed(names) if swap else names
            parts.append(f"{first} above {second} at {_ranges(where, lengths)}")
    return " but ".join(parts) if parts else f"{names[0]} and {names[1]} {NOWHERE}"


def _above(task: TaskData, better: Series, worse: Series, length: int) -> bool:
    shares = shares_at(task.summary, length)
    if better not in shares or worse not in shares or shares[better].overlaps(shares[worse]):
        return False
    return shares[better].rate > shares[worse].rate


def _ranges(some: Sequence[int], tested: Sequence[int]) -> str:
    """``15 and 40 to 120``: neighbours among the ``tested`` lengths are told as a range."""
    places = [tested.index(length) for length in some]
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    told = [f"{tested[run[0]]} to {tested[run[-1]]}" if len(run) > 1 else str(tested[run[0]]) for run in runs]
    return f"{'length' if len(some) == 1 else 'lengths'} {listed(told)}"
