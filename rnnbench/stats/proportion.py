"""How surely a share is known: Wilson's interval of a binomial proportion."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Proportion:
    """``solved`` of ``n`` with the interval from ``low`` to ``high``."""

    solved: int
    n: int
    low: float
    high: float

    @property
    def rate(self) -> float:
        """The observed share; NaN when nothing was observed."""
        return self.solved / self.n if self.n else float("nan")


def share_solved(success: Iterable[object]) -> Proportion:
    """Of trials by their column ``success``: 1 where it is solved; what has no result is not."""
    values = list(success)
    return wilson(sum(value == 1 for value in values), len(values))


def wilson(solved: int, n: int, confidence: float = CONFIDENCE) -> Proportion:
    """``solved`` of ``n`` with Wilson's score interval, which also fits all-or-nothing outcomes.

    Nothing observed is nothing known: for ``n`` of 0 the interval is from 0 to 1.
    """
    from scipy.stats import binomtest

    if n == 0:
        return Proportion(0, 0, 0.0, 1.0)
    interval = binomtest(solved, n).proportion_ci(confidence, method="wilson")
    # scipy leaves rounding errors of some 1e-17 below 0 and above 1
    return Proportion(solved, n, max(0.0, float(interval.low)), min(1.0, float(interval.high)))


def needed(rate: float) -> int:
    """The fewest repeats that, all solved, have an interval that lies at or above ``rate``."""
    return next(n for n in itertools.count(1) if wilson(n, n).low >= rate)
