"""Tables of statistics, recomputed plainly."""

import math
from statistics import mean, stdev
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnnbench.stats.axes import protocol_axes, series_of, with_axes
from rnnbench.stats.cost import cost
from rnnbench.stats.horizon import horizons, shares_at
from rnnbench.stats.summary import mean_by_class, median_censored, summarise

from .conftest import trial


def row_of(summary: pd.DataFrame, cell: str, length: int) -> "pd.Series[Any]":
    (row,) = [row for _, row in summary.iterrows() if (row["cell"], row["length"]) == (cell, length)]
    return row


def test_every_status_is_counted_where_it_belongs(trials: pd.DataFrame) -> None:
    row = row_of(summarise(with_axes(trials)), "srnn", 5)
    assert [row[status] for status in ("ok", "diverged", "error", "skipped")] == [2, 1, 1, 1]
    assert (row["n"], row["solved"]) == (3, 1), "diverged is unsolved; errors and skips are no results"
    assert (row["mean"], row["sd"]) == (pytest.approx(mean([1.0, 0.6])), pytest.approx(stdev([1.0, 0.6])))
    assert (round(row["low"], 4), round(row["high"], 4)) == (0.0615, 0.7923)


def test_by_class_keeps_an_absent_class_apart(trials: pd.DataFrame) -> None:
    row = row_of(summarise(with_axes(trials)), "srnn", 5)
    assert row["validation_by_class"] == [1.0, None]
    assert row["test_by_class"] == pytest.approx([0.6, 0.9])
    assert mean_by_class([None, None]) is None


def test_updates_are_censored_not_dropped(trials: pd.DataFrame) -> None:
    summary = summarise(with_axes(trials))
    assert math.isinf(row_of(summary, "srnn", 5)["median_updates"]), "two of three never succeeded"
    assert row_of(summary, "srnn", 5)["censored"] == 2
    assert row_of(summary, "srnn", 20)["median_updates"] == 250
    assert math.isnan(median_censored(np.array([])))


def test_a_point_without_results_has_no_numbers(trials: pd.DataFrame) -> None:
    row = row_of(summarise(with_axes(trials)), "lstm", 20)
    assert (row["n"], row["low"], row["high"]) == (0, 0.0, 1.0)
    assert math.isnan(row["mean"])
    assert math.isnan(row["success_rate"])


def test_summary_equals_plain_pandas() -> None:
    rng = np.random.default_rng(3)
    many = [
        trial(cell, length, seed, value=(value := float(rng.random())), success=int(value > 0.5))
        for cell in ("srnn", "lstm")
        for length in (5, 20, 80)
        for seed in range(7)
    ]
    trials = with_axes(pd.DataFrame(many))
    summary = summarise(trials).set_index(["cell", "length"])
    groups = pd.DataFrame(many).groupby(["cell", "length"])
    for column, expected in (
        ("mean", groups["value"].mean()),
        ("sd", groups["value"].std()),
        ("success_rate", groups["success"].mean()),
    ):
        assert summary[column].to_dict() == pytest.approx(expected.to_dict())


def test_nothing_is_pooled_silently() -> None:
    protocols = [{"learning_rate": rate, "epochs": epochs} for rate in (0.01, 0.001) for epochs in (None, 5)]
    rows = [trial("srnn", 5, seed, hidden=h, protocol=p) for p in protocols for h in (8, 1) for seed in (0, 1)]
    trials = with_axes(pd.DataFrame(rows))
    names = [series.variant for series, _ in series_of(trials)]
    assert len(names) == len(set(names)) == 8
    assert names[0] == "hidden=1 learning_rate=0.001 epochs=null"
    assert names[-1] == "hidden=8 learning_rate=0.01 epochs=5"
    assert set(summarise(trials)["n"]) == {2}


def test_axes_are_what_differs() -> None:
    protocols = [{"a": 1, "b": 2, "b_version": "x"}, {"a": 1, "b": 3, "b_version": "y"}]
    assert protocol_axes(protocols) == ["b"]


def test_optimisers_are_named_in_short_only_where_that_tells_them_apart() -> None:
    def variants(*optimisers: str) -> list[str]:
        rows = [trial("srnn", 5, 0, protocol={"optimiser": text}) for text in optimisers]
        return sorted(with_axes(pd.DataFrame(rows))["variant"])

    assert variants("adam[beta1=0.9]", "sgd[momentum=0]") == ["optimiser=adam", "optimiser=sgd"]
    assert variants("adam[beta1=0.8]", "adam[beta1=0.9]") == ["optimiser=adam[beta1=0.8]", "optimiser=adam[beta1=0.9]"]


def test_horizon_names_the_longest_and_what_it_skips() -> None:
    rates = {5: 0.9, 10: 0.5, 20: 1.0, 40: 0.8}
    rows = [
        trial("srnn", length, seed, success=int(seed < rate * 10))
        for length, rate in rates.items()
        for seed in range(10)
    ]
    summary = summarise(with_axes(pd.DataFrame(rows)))
    (horizon,) = horizons(summary)
    assert (horizon.length, horizon.tested) == (20, (5, 10, 20, 40))
    assert (horizon.low, horizon.high) == (None, 40), "10 of 10 may be 72 %, and 8 of 10 may be 94 %"
    (easier,) = horizons(summary, threshold=0.7)
    assert (easier.length, easier.low, easier.high) == (40, 20, 40)
    never = horizons(summary, threshold=1.1)[0]
    assert (never.length, never.low, never.high) == (None, None, None)
    (share,) = shares_at(summary, 40).values()
    assert (share.solved, share.n) == (8, 10)


def test_horizon_of_a_cell_without_results_is_absent(trials: pd.DataFrame) -> None:
    found = {horizon.series.cell: horizon for horizon in horizons(summarise(with_axes(trials)))}
    assert found["lstm"].tested == (5,)
    assert found["lstm"].length is None


def test_cost_adds_up(trials: pd.DataFrame) -> None:
    told = ["cell", "trials", "wall_seconds", "models_per_second"]
    rows = cost(with_axes(trials))[told].to_dict("split")["data"]
    assert rows == [["lstm", 1, 2.0, 0.5], ["srnn", 5, 10.0, 0.5]], "errors cost nothing that is known"


def test_an_empty_table_gives_empty_statistics(trials: pd.DataFrame) -> None:
    empty = with_axes(trials.iloc[:0])
    assert summarise(empty).empty
    assert horizons(summarise(empty)) == []
    assert cost(empty).empty
