"""Whether two success rates differ, at one length or over all, and what many such questions at once do to the answer.

Repeats of two cells are taken as independent. They meet the same data and, where only the protocol differs, the same
initial weights; where that makes them alike, these tests err towards finding no difference.
"""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from rnnbench.stats.proportion import CONFIDENCE, Proportion, wilson

LEVEL = 1 - CONFIDENCE
Pair = tuple[Proportion, Proportion]
Strata = Sequence[Pair]


def fisher(one: Proportion, other: Proportion) -> float:
    """The p of the hypothesis that two rates are the same, by Fisher's exact test; two-sided."""
    return _fisher(one.solved, one.n, other.solved, other.n)


@cache
def _fisher(solved: int, n: int, other_solved: int, other_n: int) -> float:
    """A report of many lengths asks the same again and again."""
    from scipy.stats import fisher_exact

    return float(fisher_exact(np.array([[solved, n - solved], [other_solved, other_n - other_solved]])).pvalue)


def excess(strata: Sequence[Pair]) -> float:
    """How many more the first solves, in all strata, than it would at the rate of both: what the test below is of."""
    return sum(
        one.solved - one.n * (one.solved + other.solved) / (one.n + other.n)
        for one, other in strata
        if one.n and other.n
    )


def mantel_haenszel(strata: Sequence[Pair]) -> float:
    """The p of the hypothesis that two rates are the same in every stratum (at every length), two-sided.

    By the chi-square test of Cochran (1954) and of Mantel & Haenszel (1959, J. Natl. Cancer Inst. 22, 719-748), with
    their correction of one half: strata are compared within, so that how hard each is does not matter. 1 where
    no stratum can tell.
    """
    from scipy.stats import chi2

    variance = 0.0
    for one, other in strata:
        n, solved = one.n + other.n, one.solved + other.solved
        if n > 1:
            variance += one.n * other.n * solved * (n - solved) / (n * n * (n - 1))
    return float(chi2.sf(max(abs(excess(strata)) - 0.5, 0.0) ** 2 / variance, 1)) if variance else 1.0


def rate_difference(strata: Strata) -> tuple[float, float, float]:
    """The first rate less the second, mean over strata (at least one), with its 95 % interval.

    From Wilson's intervals of all rates, by their squared distances added up: Newcombe (1998), Stat. Med. 17, 873-890,
    method 10, for one stratum, and Zou & Donner (2008), Stat. Med. 27, 1693-1702, for a mean.
    """
    share = 1 / len(strata)
    difference = sum(one.rate - other.rate for one, other in strata) * share
    below = sum((one.rate - one.low) ** 2 + (other.high - other.rate) ** 2 for one, other in strata)
    above = sum((one.high - one.rate) ** 2 + (other.rate - other.low) ** 2 for one, other in strata)
    return difference, difference - share * below**0.5, difference + share * above**0.5


def could_show(asked: Sequence[Strata], test: Callable[[Strata], float]) -> bool:
    """Whether any of the pairs ``asked`` about could differ by ``test`` if one solved all and the other nothing.

    That is as far apart as they can be where a pair has as many repeats in every stratum, as in a study without errors.
    """
    extreme = ([(wilson(one.n, one.n), wilson(0, other.n)) for one, other in strata] for strata in asked)
    return min(map(test, extreme), default=0.0) * len(asked) < LEVEL


def holm(ps: Sequence[float]) -> list[float]:
    """Each of ``ps`` as if it were the only question: at most at a share of 5 % is any wrongly below 0.05.

    Holm (1979), Scand. J. Statist. 6, 65-70: the smallest times their number, the next times one less, and so on.
    """
    corrected, most = [0.0] * len(ps), 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda place: ps[place])):
        most = max(most, min(1.0, ps[place] * (len(ps) - rank)))
        corrected[place] = most
    return corrected
