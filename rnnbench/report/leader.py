"""Which of many series solve most, and which of the others are shown to be behind them."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations
from typing import Any

from rnnbench.report.labels import SPACE, count, listed
from rnnbench.stats.difference import LEVEL, could_show, excess, holm, mantel_haenszel
from rnnbench.stats.proportion import Proportion
from rnnbench.words import some

NOT_SHOWN, TOO_FEW = "no difference is shown", "so few repeats cannot show a difference"
Points = Mapping[Any, Proportion]
"""The success rate at every point (a length, or a task and a length) where a series has results."""


def total(points: Points) -> tuple[int, int]:
    """How many repeats are solved at all points together, and of how many."""
    return sum(share.solved for share in points.values()), sum(share.n for share in points.values())


def common(shares: Mapping[str, Points]) -> dict[str, Points]:
    """The same with the points alone at which every series has results: only there can all be compared."""
    everywhere = set.intersection(*(set(points) for points in shares.values())) if shares else set()
    return {
        name: {point: share for point, share in points.items() if point in everywhere}
        for name, points in shares.items()
    }


def ranked(shares: Mapping[str, Points]) -> list[str]:
    """The names, the one with the best mean rate at common points first; then by all that is solved."""
    rates = {name: _rate(points) for name, points in common(shares).items()}
    return sorted(shares, key=lambda name: (-rates[name], -total(shares[name])[0]))


def leader_sentence(shares: Mapping[str, Points], where: str) -> str:
    """``Over all lengths together gru solves most``, and what a test says of the others.

    Every pair is tested, so that it does no harm that the first is chosen by its results. Empty where there is nothing
    to compare or to solve, or where the test, which compares within points, is against the rates of all of them.
    """
    shared = common(shares)
    names = ranked(shares)
    best = _rate(shared[names[0]]) if names else Fraction()
    if len(names) < 2 or not best:
        return ""
    first = [name for name in names if _rate(shared[name]) == best]
    pairs = list(combinations(names, 2))
    ps = dict(zip(pairs, holm([mantel_haenszel(_strata(shared, *pair)) for pair in pairs]), strict=True))
    shows = could_show([_strata(shared, *pair) for pair in pairs], mantel_haenszel)
    others = names[len(first) :]
    apart = {(one, other) for one in first for other in others if ps[one, other] < LEVEL}
    if any(excess(_strata(shared, *pair)) <= 0 for pair in apart):
        return ""
    behind = [name for name in others if all((one, name) in apart for one in first)]
    level = [name for name in others if name not in behind]
    solved, of = total(shared[first[0]])
    told = f"{where} {listed(first)} {'solves' if len(first) == 1 else 'solve'} most"
    told += f" ({count(solved)} of {count(of)} repeats{'' if len(first) == 1 else ' each'})"
    told += f", more than {listed(behind)}" if behind else ""
    told += f"; {NOT_SHOWN if shows else TOO_FEW} to {listed(level)}" if level else ""
    test = f"Cochran, Mantel and Haenszel’s test at 5{SPACE}%, Holm’s correction for {some(len(pairs), 'comparison')}"
    return f"{told} ({test})." if others else f"{told}."


def _rate(points: Points) -> Fraction:
    """The mean over points, each counting as much however many repeats it has; exact, so that equals are equal."""
    return sum((Fraction(share.solved, share.n) for share in points.values()), Fraction()) / max(len(points), 1)


def _strata(shared: Mapping[str, Points], one: str, other: str) -> list[tuple[Proportion, Proportion]]:
    return [(shared[one][point], shared[other][point]) for point in shared[one]]
