"""How often the interval of a longest length holds the true one: what docs/statistics.md says of it."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnbench.stats.horizon import THRESHOLD
from rnnbench.stats.proportion import wilson

TRIES = 20_000
SAID = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8")
STEEP, GENTLE = np.linspace(1.0, 0.1, 25), np.linspace(0.99, 0.8, 25)
JUST_BELOW = np.array([0.99] * 5 + [0.89] * 13 + [0.2] * 5)


def coverage(rates: NDArray[np.float64], repeats: int) -> float:
    """The share of simulated studies whose interval, made as :class:`rnnbench.stats.horizon.Horizon` says, is right."""
    shares = [wilson(solved, repeats) for solved in range(repeats + 1)]
    low, high = (np.array([getattr(share, end) for share in shares]) >= THRESHOLD for end in ("low", "high"))
    place = np.arange(1, len(rates) + 1)
    solved = np.random.default_rng(0).binomial(repeats, rates, size=(TRIES, len(rates)))
    first, last = (np.where(reaches[solved], place, 0).max(axis=1) for reaches in (low, high))
    true = place[rates >= THRESHOLD].max()
    return float(((first <= true) & (true <= last)).mean())


@pytest.mark.parametrize(
    ("rates", "words"),
    [(STEEP, "100 to 10 %"), (GENTLE, "99 to 80 %"), (JUST_BELOW, "at 89 %")],
    ids=["steep", "gentle", "just below"],
)
def test_the_documents_say_how_often_it_is_right(rates: NDArray[np.float64], words: str) -> None:
    (said,) = re.findall(rf"{re.escape(words)}[^:]*: (\d+) %", " ".join(SAID.split()))
    assert round(100 * coverage(rates, 100)) == int(said)


def test_of_fewer_repeats_too() -> None:
    (said,) = re.findall(r"Of 40 repeats, in the same order, (\d+), (\d+) and (\d+) %", " ".join(SAID.split()))
    assert [round(100 * coverage(rates, 40)) for rates in (STEEP, GENTLE, JUST_BELOW)] == [*map(int, said)]
    assert min(coverage(rates, n) for rates in (STEEP, GENTLE, JUST_BELOW) for n in (5, 10, 20, 30)) > 0.99
