"""Wilson's intervals against published and independently computed numbers."""

import math

import pytest

from rnnbench.stats.proportion import needed, wilson


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


def test_how_many_repeats_show_a_rate() -> None:
    """All solved, Wilson's interval begins at n / (n + z^2)."""
    assert needed(0.9) == 35
    assert wilson(34, 34).low < 0.9 <= wilson(35, 35).low
