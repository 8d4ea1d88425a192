"""Tests of differences against published numbers, formulas written out, and how often they are wrong."""

import math
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, hypergeom

from rnnbench.stats.difference import LEVEL, fisher, holm, mantel_haenszel, rate_difference
from rnnbench.stats.proportion import Proportion, wilson

BERKELEY = {
    "A": ((512, 313), (89, 19)),
    "B": ((353, 207), (17, 8)),
    "C": ((120, 205), (202, 391)),
    "D": ((138, 279), (131, 244)),
    "E": ((53, 138), (94, 299)),
    "F": ((22, 351), (24, 317)),
}
"""Admitted and rejected, men and women, six departments of 1973 (Bickel, Hammel & O'Connell 1975)."""


def share(solved: int, failed: int) -> Proportion:
    return wilson(solved, solved + failed)


def test_the_lady_and_her_tea() -> None:
    """Fisher's own example: 3 of 4 right twice has 34 of 70 ways to be as far off, or further."""
    assert fisher(share(3, 1), share(1, 3)) == pytest.approx(34 / 70)


def test_fisher_adds_up_what_is_no_likelier() -> None:
    one, other = share(29, 1), share(21, 9)
    ways = hypergeom(60, 50, 30).pmf(np.arange(20, 31))
    assert fisher(one, other) == pytest.approx(ways[ways <= ways[29 - 20] * (1 + 1e-9)].sum())
    assert fisher(share(29, 1), share(23, 7)) == pytest.approx(0.052, abs=5e-4)


def test_a_published_result_over_strata() -> None:
    """R's documentation of ``mantelhaen.test`` has 1.4269 and p = 0.2323 for these data."""
    strata = [(share(*men), share(*women)) for men, women in BERKELEY.values()]
    assert mantel_haenszel(strata) == pytest.approx(0.2323, abs=5e-5)
    turned = [(women, men) for men, women in strata]
    assert mantel_haenszel(turned) == pytest.approx(mantel_haenszel(strata))


def test_strata_are_compared_within() -> None:
    """Pooled, one is far ahead: it was asked where it is easy."""
    easy, hard = (share(90, 10), share(9, 1)), (share(1, 9), share(10, 90))
    assert mantel_haenszel([easy, hard]) == 1.0
    assert fisher(share(91, 19), share(19, 91)) < 1e-9


def test_small_steps_in_one_direction_add_up() -> None:
    strata = [(share(6, 4), share(3, 7))] * 8
    assert all(fisher(*pair) > LEVEL for pair in strata)
    assert mantel_haenszel(strata) < 0.001


@pytest.mark.parametrize(
    "strata", [[], [(share(0, 5), share(0, 5))], [(share(5, 0), share(5, 0))], [(share(0, 1),) * 2]]
)
def test_where_nothing_can_tell(strata: list[tuple[Proportion, Proportion]]) -> None:
    assert mantel_haenszel(strata) == 1.0


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_alike_are_told_apart_at_most_at_five_percent() -> None:
    """The exact size of Fisher's test, and of Mantel and Haenszel's on three lengths with rates of their own."""
    n = 12
    ps = {pair: fisher(*(wilson(k, n) for k in pair)) for pair in product(range(n + 1), repeat=2)}
    for rate in (0.1, 0.5, 0.9):
        chances = binom(n, rate).pmf(np.arange(n + 1))
        assert sum(chances[a] * chances[b] for (a, b), p in ps.items() if p < LEVEL) <= LEVEL
    shares = [wilson(k, n) for k in range(n + 1)]
    rng, wrong, rounds = np.random.default_rng(0), 0, 2000
    for _ in range(rounds):
        drawn = rng.binomial(n, [0.2, 0.5, 0.8], size=(2, 3)).T
        wrong += mantel_haenszel([(shares[a], shares[b]) for a, b in drawn]) < LEVEL
    assert wrong / rounds <= LEVEL + 3 * math.sqrt(LEVEL / rounds)
    assert wrong > 0


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [((56, 70), (48, 80), (0.2, 0.0524, 0.3339)), ((9, 10), (3, 10), (0.6, 0.1705, 0.8090)),
     ((5, 56), (0, 29), (0.0893, -0.0381, 0.1926)), ((10, 10), (0, 10), (1.0, 0.6075, 1.0))],
)  # fmt: skip
def test_the_interval_of_a_difference_is_newcombes(
    one: tuple[int, int], other: tuple[int, int], expected: tuple[float, float, float]
) -> None:
    """Newcombe 1998, Table II, method 10."""
    found = rate_difference([(wilson(*one), wilson(*other))])
    assert found == pytest.approx(expected, abs=6e-5)
    turned = rate_difference([(wilson(*other), wilson(*one))])
    assert turned == pytest.approx((-found[0], -found[2], -found[1]))


@pytest.mark.parametrize("repeats", [10, 30])
def test_the_interval_of_a_mean_difference_holds_it(repeats: int) -> None:
    rng = np.random.default_rng(0)
    rates = np.linspace(1, 0.1, 25), np.linspace(0.9, 0, 25)
    every = [wilson(solved, repeats) for solved in range(repeats + 1)]
    held = 0
    for _ in range(400):
        drawn = zip(*(rng.binomial(repeats, rate) for rate in rates), strict=True)
        _, low, high = rate_difference([(every[one], every[other]) for one, other in drawn])
        held += low <= float(np.mean(rates[0] - rates[1])) <= high
    assert 0.91 * 400 < held < 0.98 * 400


@pytest.mark.parametrize(("repeats", "worst"), [(5, 0.84), (10, 0.86), (30, 0.86)])
def test_the_interval_of_a_difference_is_what_the_documents_say(repeats: int, worst: float) -> None:
    """Exactly, over a grid of rates: on average, and where it holds the true difference least."""
    every = [wilson(solved, repeats) for solved in range(repeats + 1)]
    ends: NDArray[np.float64] = np.array([[rate_difference([(one, other)])[1:] for other in every] for one in every])
    rates = np.linspace(0, 1, 201)
    drawn = np.asarray(binom.pmf(np.arange(repeats + 1)[:, None], repeats, rates[None, :]))
    held = np.empty((len(rates), len(rates)))
    for a, b in product(range(len(rates)), repeat=2):
        inside = (ends[..., 0] <= rates[a] - rates[b] + 1e-12) & (rates[a] - rates[b] - 1e-12 <= ends[..., 1])
        held[a, b] = drawn[:, a] @ inside @ drawn[:, b]
    assert held.mean() == pytest.approx(0.95, abs=0.005)
    assert held.min() == pytest.approx(worst, abs=0.005)


def test_the_mean_of_many_extremes_is_held_less_often() -> None:
    rng = np.random.default_rng(0)
    every = [wilson(solved, 30) for solved in range(31)]
    held = 0
    for _ in range(400):
        pairs = zip(rng.binomial(30, 0.98, 25), rng.binomial(30, 0.02, 25), strict=True)
        _, low, high = rate_difference([(every[one], every[other]) for one, other in pairs])
        held += low <= 0.96 <= high
    assert 0.79 * 400 < held < 0.9 * 400
