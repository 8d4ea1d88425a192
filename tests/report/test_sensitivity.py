"""What each candidate solved in tuning, in the report of what was chosen."""

from pathlib import Path
from typing import Any

import pytest

from rnnbench.report.content import compose
from rnnbench.report.data import load
from rnnbench.report.sensitivity import Sensitivity
from rnnbench.store.row import TrialRow
from rnnbench.store.store import TUNING, Store
from rnnbench.study import Study
from rnnbench.study.setting import setting
from rnnbench.study.tuning import chosen_trials, tuning_of
from rnnbench.trial import Trial
from tests.report.conftest import result

RATES = [1e-3, 1e-2, 1e-1]


def solves(trial: Trial) -> bool:
    """At 0.01 srnn solves all, gru the short ones; at 0.1 gru all."""
    rate, short = trial.protocol.learning_rate, trial.length == 5
    return rate == (1e-2 if trial.cell.name == "srnn" else 1e-1) or (rate == 1e-2 and short)


def tuned_store(path: Path, *, with_tuning: bool = True, **changes: Any) -> Path:
    """A store with both halves of a study that tunes."""
    content: dict[str, Any] = {"name": "small", "tasks": ["latching", "bit_relay"], "cells": ["srnn", "gru"]}
    content |= {"lengths": [5, 20], "repeats": 4, "tuning_repeats": 2, "tune": {"learning_rate": RATES}}
    made = Study.model_validate(content | {"protocol": {"epochs": 5}} | changes)
    clip = {"clip": "none"} if "clip" in made.tune else {}
    chosen = {
        setting(trial.spec, made.tune): {"learning_rate": 1e-2 if trial.cell.name == "srnn" else 1e-1} | clip
        for trial in made.trials()
    }
    halves = [(tuning_of(made), tuning_of(made).trials())] * with_tuning + [(made, chosen_trials(made, chosen))]
    with Store(path, create=True) as store:
        numbers: list[int] = []
        for study, trials in halves:
            content = study.model_dump() | ({TUNING: numbers[0]} if numbers else {})
            numbers.append(store.begin_run(study.name, content, "rnnbench run", [trial.id for trial in trials]))
            store.add(TrialRow(**trial.columns() | result(trial, 1.0 if solves(trial) else 0.5)) for trial in trials)
    return path


@pytest.fixture
def sensitivity(tmp_path: Path) -> Sensitivity:
    found = Sensitivity.of(load(tuned_store(tmp_path / "s.sqlite"), "small"))
    assert found is not None
    return found


def test_the_table_counts_tuning_s_repeats_and_the_settings_chosen_for(sensitivity: Sensitivity) -> None:
    table = sensitivity.table()
    assert [column.title for column in table.columns] == ["Task", "Cell", "0.001", "0.01", "0.1"]
    assert [[entry.text for entry in row] for row in table.rows] == [
        [task, *row]
        for task in ("latching", "bit_relay")
        for row in (["srnn", "0 of 4", "4 of 4 (2)", "0 of 4"], ["gru", "0 of 4", "2 of 4", "4 of 4 (2)"])
    ]


def test_the_figure_is_told_in_words_too(sensitivity: Sensitivity) -> None:
    figure = sensitivity.figure()
    assert figure is not None
    assert figure.svg.count("stroke-width: 0.5") == 2 * 2 * 3
    assert figure.description.endswith(
        "On latching most is solved by srnn 0.01, gru 0.1. On bit_relay most is solved by srnn 0.01, gru 0.1."
    )


def test_it_stands_in_the_report(tmp_path: Path) -> None:
    content = compose(load(tuned_store(tmp_path / "s.sqlite"), "small"))
    assert [section.task for section in content.sections] == ["All tasks", "Tuning", "latching", "bit_relay"]
    assert "learning rate of 0.001, 0.01 and 0.1 (the largest was taken in 4)" in content.settings
    (row, *_) = content.sections[2].results.rows
    assert [entry.text for entry in row[:3]] == ["srnn", "5", "0.01"]


def test_one_task_has_its_tuning_told(tmp_path: Path) -> None:
    content = compose(load(tuned_store(tmp_path / "s.sqlite", tasks=["latching"]), "small"))
    assert [section.task for section in content.sections] == ["Tuning", "latching"]


def test_a_store_without_the_tuning_reports_what_was_chosen(tmp_path: Path) -> None:
    """As `merge` leaves it, which copies no runs."""
    content = compose(load(tuned_store(tmp_path / "s.sqlite", with_tuning=False), "small"))
    assert [section.task for section in content.sections] == ["All tasks", "latching", "bit_relay"]
    assert "Tuned for each of 8 settings" in content.settings


def test_two_keys_are_named(tmp_path: Path) -> None:
    tune = {"learning_rate": [1e-2, 1e-1], "clip": ["none", "norm"]}
    path = tuned_store(tmp_path / "s.sqlite", tune=tune, tasks=["latching"])
    found = Sensitivity.of(load(path, "small"))
    assert found is not None
    assert found.candidates == [
        f"learning_rate={rate} clip={clip}" for rate in (0.01, 0.1) for clip in ("none", "norm")
    ]


def test_of_equals_all_are_named(tmp_path: Path) -> None:
    """The first of them was no better."""
    found = Sensitivity.of(load(tuned_store(tmp_path / "s.sqlite", tasks=["latching"], lengths=[5]), "small"))
    assert found is not None
    figure = found.figure()
    assert figure is not None
    assert figure.description.endswith("On latching most is solved by srnn 0.01, gru 0.01 and 0.1.")
