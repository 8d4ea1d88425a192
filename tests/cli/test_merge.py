"""``rnnbench merge``: a study that was run in parts."""

import sqlite3
from pathlib import Path

import pytest

from rnnbench.store.store import Store
from tests.cli.conftest import SMALL, Command


def test_parts_of_a_study_are_reported_on_together(rnnbench: Command, tmp_path: Path) -> None:
    for number, store in enumerate(("a.sqlite", "b.sqlite")):
        assert rnnbench("run", *SMALL, "--seed", str(number), "--repeats", "1", "--store", store).code == 0
    done = rnnbench("merge", "a.sqlite", "b.sqlite", "--store", "all.sqlite")
    assert done.out.splitlines() == ["a.sqlite: 1 trial copied", "b.sqlite: 1 trial copied", "all.sqlite: 2 trials"]
    done = rnnbench("report", "--store", "all.sqlite")
    assert (done.code, done.err) == (
        2, "error: all.sqlite holds 2 trials and no run, which is what a report is of: run a study of them with "
        "--store all.sqlite; what is stored is not trained again.\n",
    )  # fmt: skip
    done = rnnbench("run", *SMALL, "--repeats", "2", "--store", "all.sqlite")
    assert "all.sqlite has all of it, 2 trials" in done.out
    done = rnnbench("merge", "a.sqlite", "--store", "a.sqlite")
    told = "error: merge takes trials from other stores than --store, got a.sqlite for both.\n"
    assert (done.code, done.err) == (2, told)
    done = rnnbench("merge", "none.sqlite", "--store", "new.sqlite")
    assert (done.code, (tmp_path / "new.sqlite").exists()) == (2, False)


def test_results_that_differ_are_told_and_the_own_ones_kept(rnnbench: Command, tmp_path: Path) -> None:
    for store in ("a.sqlite", "b.sqlite"):
        assert rnnbench("run", *SMALL, "--store", store).code == 0
    assert rnnbench("merge", "b.sqlite", "--store", "a.sqlite").out.splitlines()[0] == "b.sqlite: 0 trials copied"
    other = sqlite3.connect(tmp_path / "b.sqlite")
    with other:
        other.execute("UPDATE trials SET value = value + 0.25 WHERE seed = 1")
    other.close()
    told = rnnbench("merge", "b.sqlite", "--store", "a.sqlite").out.splitlines()[0]
    assert told.startswith(
        "b.sqlite: 0 trials copied; 2 are there already, 1 of them with other results, which were kept"
    )
    with Store(tmp_path / "a.sqlite") as own, Store(tmp_path / "b.sqlite") as changed:
        assert own.trials().value.sum() == pytest.approx(changed.trials().value.sum() - 0.25)
