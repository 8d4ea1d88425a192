"""How the answer's numbers are written."""

from rnnbench.stats.difference import LEVEL, fisher
from rnnbench.stats.proportion import Proportion


def share(found: Proportion) -> str:
    """``9 of 20 (95 %: 0.26 to 0.66)``."""
    return f"{found.solved} of {found.n} (95 %: {found.low:.2f} to {found.high:.2f})"


def power(value: float) -> str:
    """Small numbers as powers of ten are read, others with three digits."""
    return f"{value:.1e}" if 0 < abs(value) < 1e-3 else f"{value:.3g}"


TESTS = 8
"""How often the page asks whether two rates differ."""
CORRECTED = f"p is that of no difference, by Fisher's exact test, times the {TESTS} tests of this page (Bonferroni)."


def told(one: Proportion, other: Proportion) -> str:
    """Whether two rates differ: ``p = 0.0012``, or that nothing is shown."""
    p = corrected(one, other)
    return f"p = {p:.2g}" if p < LEVEL else f"no difference is shown, p = {p:.2g}"


def ahead(one: Proportion, other: Proportion) -> bool:
    """Whether ``one`` is surely the greater."""
    return one.rate > other.rate and corrected(one, other) < LEVEL


def corrected(one: Proportion, other: Proportion) -> float:
    """P of no difference, for one of the page's tests."""
    return min(1.0, TESTS * fisher(one, other))
