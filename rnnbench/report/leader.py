"""Which of many series solves most, and which of the others are shown to be behind it."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from rnnbench.report.labels import SPACE, count, listed
from rnnbench.stats.difference import LEVEL, holm, mantel_haenszel
from rnnbench.stats.proportion import Proportion
from rnnbench.words import some

Points = Mapping[Any, Proportion]
"""The success rate at every point (a length, or a task and a length) where a series has results."""


def total(points: Points) -> tuple[int, int]:
    """How many repeats are solved at all points together, and of how many."""
    return sum(share.solved for share in points.values()), sum(share.n for share in points.values())


def leader_sentence(shares: Mapping[str, Points], where: str) -> str:
    """``Over all lengths together gru solves most``, and what a test says of the others; empty where nothing is solved.

    Every pair is tested, so that it does no harm that the first is chosen by its results.
    """
    ranked = sorted(shares, key=lambda name: -_rate(shares[name]))
    if len(ranked) < 2 or not _rate(shares[ranked[0]]):
        return ""
    pairs = list(combinations(ranked, 2))
    ps = dict(zip(pairs, holm([_p(shares[one], shares[other]) for one, other in pairs]), strict=True))
    first, *others = ranked
    behind = [name for name in others if ps[first, name] < LEVEL]
    level = [name for name in others if name not in behind]
    solved, of = total(shares[first])
    tied = _rate(shares[others[0]]) == _rate(shares[first])
    most = f"none solves more than {first}" if tied else f"{first} solves most"
    told = [f"more than {listed(behind)}"] if behind else []
    told += [f"no difference is shown to {listed(level)}"] if level else []
    return (
        f"{where} {most} ({count(solved)} of {count(of)} repeats): {'; '.join(told)} (Cochran, Mantel and "
        f"Haenszel’s test at 5{SPACE}%, Holm’s correction for {some(len(pairs), 'comparison')})."
    )


def _rate(points: Points) -> float:
    solved, of = total(points)
    return solved / of if of else 0.0


def _p(one: Points, other: Points) -> float:
    return mantel_haenszel([(one[point], other[point]) for point in one if point in other])
