"""Wilson's intervals against published and independently computed numbers."""

import math

import pytest

from rnnbench.stats.proportion import Proportion, wilson


def test_published_interval() -> None:
    """17 of 20, as statsmodels and textbooks have it."""
    share = wilson(17, 20)
    assert (round(share.low, 4), round(share.high, 4)) == (0.6396, 0.9476)
    assert share.rate == 0.85


@pytest.mark.parametrize(("solved", "n"), [(0, 1), (1, 1), (0, 30), (30, 30), (3, 8), (749, 750)])
def test_formula(solved: int, n: int) -> None:
    """The same numbers from the formula, written out."""
    z, p = 1.959963984540054, solved / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    share = wilson(solved, n)
    assert share.low == pytest.approx(middle - half, abs=1e-12)
    assert share.high == pytest.approx(middle + half, abs=1e-12)
    assert 0 <= share.low <= share.rate <= share.high <= 1


def test_nothing_observed_is_nothing_known() -> None:
    share = wilson(0, 0)
    assert (share.low, share.high) == (0.0, 1.0)
    assert math.isnan(share.rate)


def test_overlap_is_symmetric_and_counts_touching() -> None:
    low, middle, high = Proportion(1, 9, 0.0, 0.3), Proportion(4, 9, 0.3, 0.6), Proportion(8, 9, 0.61, 0.9)
    assert low.overlaps(middle)
    assert middle.overlaps(low)
    assert not middle.overlaps(high)
    assert not high.overlaps(middle)
