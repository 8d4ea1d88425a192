"""Timings of a tiny tile: their arithmetic, and what they say of themselves."""

import pytest

from rnnbench.bench.measure import Timing, measure
from rnnbench.ran import Ran
from tests.train.conftest import make_trials

BASE = Timing("srnn", 1, 200, 16, 30, "auto", Ran("numba"), (30.0, 20.0, 24.0), operations=31, peak=31e9)


def test_median_spread_and_share() -> None:
    assert BASE.nanoseconds == 24.0
    assert BASE.spread == pytest.approx(5 / 24)
    assert BASE.share == pytest.approx(1 / 24)  # 31 operations in 24 ns, where 1 ns would be the limit


def test_a_round_for_each_kernel() -> None:
    (trial, *_) = make_trials(cells=["srnn"], lengths=[3])
    timings = measure(trial, ["eager", "auto"], members=2, rounds=3, seconds=0.001)
    assert [timing.kernel for timing in timings] == ["eager", "auto"]
    assert [timing.ran.name for timing in timings] == ["eager", "numba"]
    for timing in timings:
        assert len(timing.rounds) == 3
        assert min(timing.rounds) > 0
        assert (timing.operations, timing.length, timing.members, timing.batch) == (31, 3, 2, 16)
        assert 0 < timing.share < 1  # type: ignore[operator]
