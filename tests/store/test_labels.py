"""One model has one name in a table, whoever trained its rows."""

import json
from pathlib import Path

import pandas as pd
import pytest

from rnnbench.report.data import load
from rnnbench.store.labels import LABELS, labels_of, noted, united
from rnnbench.store.store import Store
from rnnbench.train.fit import fit
from tests.train.conftest import make_trials


def table(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    specs = [text if text is None else json.dumps({"task": "t[a=1]", "cell": text}) for _, _, text in rows]
    return pd.DataFrame({"task": [row[0] for row in rows], "cell": [row[1] for row in rows], "spec": specs})


def test_the_shortest_label_where_none_is_noted() -> None:
    found = united(table(("t[a=1]", "gru", "gru[x=1]"), ("t", "gru[x=1]", "gru[x=1]"), ("t", "gru", "gru[x=2]")), {})
    assert found.values[:, :2].tolist() == [["t", "gru"], ["t", "gru"], ["t", "gru"]]


def test_what_a_run_notes_goes_before_and_damage_keeps_what_it_has() -> None:
    rows = table(("t", "gru", "gru[x=1]"), ("kept", "mine", None))
    rows.loc[len(rows)] = ["kept", "mine too", "[1"]
    found = united(rows, {"cell": {"gru[x=1]": "gru:torch"}})
    assert found["cell"].tolist() == ["gru:torch", "mine", "mine too"]
    assert found["task"].tolist() == ["t", "kept", "kept"]


def test_a_run_that_finds_some_of_its_trials_under_another_name(tmp_path: Path) -> None:
    """Told apart by their labels, they were two tasks and two cells, each with some of the seeds."""
    first = make_trials(tasks=["latching"], cells=["gru"], lengths=[4], repeats=2, protocol={"updates": 2})
    second = make_trials(
        tasks=["latching:noise=0.1"], cells=["gru:torch"], lengths=[4], repeats=4, protocol={"updates": 2}
    )
    assert [trial.id for trial in second[:2]] == [trial.id for trial in first]
    path = tmp_path / "store.sqlite"
    with Store(path, create=True) as store:
        store.add([*fit(first), *fit(second[2:])])
        study = {"tasks": ["latching:noise=0.1"], "cells": ["gru:torch"], LABELS: labels_of(second)}
        store.begin_run("own", study, "rnnbench", [trial.id for trial in second])
        store.begin_run("old", {}, "rnnbench", [trial.id for trial in second])
    for run, task, cell in (("own", "latching[noise=0.1]", "gru[like=torch]"), ("old", "latching", "gru")):
        found = load(path, run)
        assert [part.task for part in found.tasks()] == [task]
        assert found.summary[["cell", "n"]].values.tolist() == [[cell, 4]]


@pytest.mark.parametrize("labels", [None, [], 3, {"cell": None}, {"cell": [1]}])
def test_what_was_noted_and_damaged_is_passed_over(labels: object) -> None:
    assert noted({LABELS: labels}) == {}
    assert noted({}) == {}


def test_odd_specifications_leave_labels_as_they_are() -> None:
    specs = ['{"task": [1], "cell": "d"}', '{"task": "x"}']
    rows = pd.DataFrame({"task": ["t", b"0"], "cell": ["c", "d"], "spec": specs})
    assert united(rows, {})["task"].tolist() == ["t", b"0"]
