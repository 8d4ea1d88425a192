"""The contenders are asked in turn; the table and the page tell what their trials say."""

from pathlib import Path

import pytest

from rnnbench.catalogue import learn as module
from rnnbench.catalogue.learn import Learned, learn, shipped_tasks
from rnnbench.catalogue.page import page
from rnnbench.catalogue.pairs import Pair
from rnnbench.execute.options import Options
from rnnbench.registry import TASKS
from rnnbench.store.store import Store


def learned(folder: Path, monkeypatch: pytest.MonkeyPatch, cells: list[str], learning_rate: float) -> Learned:
    quick = {"updates": 60, "interval": 60, "batch": 16, "test": 100, "validation": 50}
    monkeypatch.setattr(module, "CONTENDERS", cells)
    monkeypatch.setattr(module, "HIDDEN", 3)
    monkeypatch.setattr(module, "PROTOCOL", module.PROTOCOL | quick | {"learning_rate": learning_rate})
    with Store(folder / "store.sqlite", create=True) as store:
        return learn("copy_first", store, Options(jobs=1, accelerator="cpu").settled(), lambda _: None)


def test_the_second_is_asked_only_where_the_first_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = learned(tmp_path, monkeypatch, ["esn", "srnn"], 1e-6)
    assert set(failing.trials["cell"].str.partition("[")[0]) == {"esn", "srnn"}
    assert failing.table["n"].tolist() == [3, 3]
    assert not failing.by_every_seed
    assert Learned("copy_first", failing.trials.assign(success=1)).by_every_seed


def test_the_best_value_of_an_error_is_the_least(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = learned(tmp_path, monkeypatch, ["srnn"], 1e-3)
    values = found.trials["value"]
    assert found.table["best"].tolist() == [values.min()]
    assert Learned("copy_first", found.trials.assign(metric="accuracy")).table["best"].tolist() == [values.max()]


def test_the_page_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = learned(tmp_path, monkeypatch, ["srnn"], 1e-6)
    missing = Learned("sequential_mnist", found.trials.iloc[:0], "no files")
    solved = Learned("latching", found.trials.assign(success=1))
    pairs = [Pair("adding", "srnn", "ok"), Pair("adding", "gru", "error", "why")]
    made = page([found, missing, solved], pairs, {})
    assert made.blocks[0].sentences == [
        "Of 2 tasks, some cell solves 1 with every seed, and 1 with none: `copy_first`."
    ]
    asked = "Each of 2 cells was asked to train for 20 updates on each of 1 task: 1 ok, 1 error."
    assert made.blocks[1].sentences == [asked]
    told = [[entry.text for entry in row] for row in made.blocks[0].tables[0].rows]
    assert [row[6] for row in told] == ["0/3", "–", "3/3"]
    assert told[1][-1] == "no files"
    assert [entry.text for entry in made.blocks[1].tables[0].rows[0]] == ["adding", "gru", "error", "why"]


def test_every_shipped_task_is_asked() -> None:
    assert shipped_tasks() == list(TASKS)
