"""The table of differences: the p of each test that the findings speak of, and how large what it found is."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import fisher_exact

from rnnbench.report.data import load
from rnnbench.report.differences import differences_table
from rnnbench.report.tables import Table
from rnnbench.stats.difference import holm
from rnnbench.trial import Trial
from tests.report.conftest import MakeStore, result

Solved = Callable[[Trial], bool]
Tabled = Callable[..., Table | None]


@pytest.fixture
def tabled(make_store: MakeStore) -> Tabled:
    """A function from a rule that says which trials are solved to the table."""

    def make(solved: Solved, **study: Any) -> Table | None:
        store = make_store(study, lambda trial: result(trial, 1.0 if solved(trial) else 0.5))
        (task,) = load(store, "small").tasks()
        return differences_table(task, "differences")

    return make


def texts(table: Table | None) -> list[list[str]]:
    assert table is not None
    return [[entry.text for entry in row] for row in table.rows]


def test_every_pair_and_the_lengths_that_tell_two_apart(tabled: Tabled) -> None:
    rows = texts(tabled(lambda trial: trial.cell.name == "srnn" and trial.length == 20, cells=["srnn", "lstm"]))
    assert [row[:6] for row in rows] == [
        ["srnn", "lstm", "all", "8 of 24", "0 of 24", "33"],
        ["srnn", "lstm", "20", "8 of 8", "0 of 8", "100"],
    ]
    p = float(fisher_exact(np.array([[8, 0], [0, 8]])).pvalue)
    assert rows[1][7:] == [f"{p:.2g}", f"{holm([p, 1.0, 1.0])[0]:.2g}"]
    assert rows[1][6] == "54 to 100"  # 8 of 8 is at least 8 / (8 + 1.96²) = 68 %, and 1 - √2 · 0.32 = 0.54


def test_the_one_that_solves_more_stands_first(tabled: Tabled) -> None:
    rows = texts(tabled(lambda trial: trial.cell.name == "gru" or trial.length == 5))
    assert [(row[0], row[1]) for row in rows if row[2] == "all"] == [("srnn", "lstm"), ("gru", "srnn"), ("gru", "lstm")]
    assert {row[2] for row in rows} == {"all", "20", "80"}


def test_at_a_single_length_every_pair_has_its_p(tabled: Tabled) -> None:
    table = tabled(lambda trial: trial.cell.name != "gru", lengths=[5])
    assert [row[:3] for row in texts(table)] == [["srnn", "lstm", "5"], ["srnn", "gru", "5"], ["lstm", "gru", "5"]]
    assert table is not None
    assert "over all lengths" not in table.caption
    assert table.caption.endswith("Corrected: by Holm, for 3 pairs.")


def test_of_many_the_best_against_the_others(tabled: Tabled) -> None:
    cells = ["srnn", "lstm", "gru", "irnn", "mgu"]
    table = tabled(lambda trial: trial.cell.name == "gru" or trial.length == 5, cells=cells)
    rows = texts(table)
    assert [row[:3] for row in rows] == [["gru", other, "all"] for other in ("srnn", "lstm", "irnn", "mgu")]
    assert table is not None
    assert table.caption.endswith("Corrected: by Holm, for 10 pairs.")


def test_one_series_has_none(tabled: Tabled) -> None:
    assert tabled(lambda trial: True, cells=["gru"]) is None


def test_many_at_a_single_length_are_told_by_fishers_test(tabled: Tabled) -> None:
    cells = ["srnn", "lstm", "gru", "irnn", "mgu"]
    table = tabled(lambda trial: trial.cell.name == "gru", cells=cells, lengths=[5])
    rows = texts(table)
    assert [row[:3] for row in rows] == [["gru", other, "5"] for other in ("srnn", "lstm", "irnn", "mgu")]
    assert {row[7] for row in rows} == {f"{float(fisher_exact(np.array([[8, 0], [0, 8]])).pvalue):.2g}"}
    assert table is not None
    assert "at a length by Fisher’s exact test. Corrected" in table.caption
