"""Stretches of updates: however they are cut, the same updates with the same sums."""

import itertools
from collections.abc import Iterator

import pytest

from rnnbench.train import pace
from rnnbench.train.fit import fit
from rnnbench.train.pace import FIRST, LONG, SHORT, Pace
from tests.train.conftest import make_trials
from tests.train.rows import results


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each stretch takes, the last one for ever."""
    times = [0.0]

    def ticks() -> Iterator[float]:
        now = 0.0
        for at in itertools.count():
            yield now
            now += times[min(at // 2, len(times) - 1)] if at % 2 == 0 else 0.0

    ticking = ticks()
    monkeypatch.setattr("rnnbench.train.pace.time.perf_counter", lambda: next(ticking))
    return times


def test_quick_stretches_grow_and_slow_ones_shrink(clock: list[float]) -> None:
    clock[:] = [SHORT / 2, LONG * 2, LONG * 2, (SHORT + LONG) / 2]
    cut = [len(part) for part in Pace().stretches(range(1, 1001))]
    assert cut[:4] == [FIRST, 2 * FIRST, FIRST, FIRST // 2]
    assert set(cut[3:-1]) == {FIRST // 2}
    assert sum(cut) == 1000


def test_it_is_remembered_and_never_above_the_longest(clock: list[float]) -> None:
    first, short = Pace(), Pace(longest=3)
    assert [*short.stretches(range(1, 9))] == [range(1, 4), range(4, 7), range(7, 9)]
    assert [len(part) for part in first.stretches(range(FIRST))] == [FIRST]
    assert len(next(first.stretches(range(10 * FIRST)))) == 2 * FIRST


def test_no_result_depends_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    trials = make_trials(protocol={"updates": 90, "interval": 45})
    whole = results(fit(trials))
    monkeypatch.setattr(pace, "FIRST", 7)
    assert results(fit(trials)) == whole
