"""Stores with invented results, made through the store's own door."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest

from rnnbench.store.row import Curve, TrialRow
from rnnbench.store.store import Store
from rnnbench.study import Study
from rnnbench.trial import Trial

Outcome = Callable[[Trial], dict[str, Any] | None]
REACH = {"srnn": 120, "lstm": 45, "gru": 70}
"""About the longest length that each cell's invented models learn."""


class MakeStore(Protocol):
    """Signature of the fixture ``make_store``."""

    def __call__(self, study: dict[str, Any] | None = None, outcome: Outcome | None = None) -> Path: ...


@pytest.fixture
def make_store(tmp_path: Path) -> MakeStore:
    """A function that writes a store with one run of a study; an outcome of None leaves a trial out."""

    def make(study: dict[str, Any] | None = None, outcome: Outcome | None = None) -> Path:
        return write_store(tmp_path / "store.sqlite", study or {}, outcome or learned)

    return make


def write_store(path: Path, study: dict[str, Any], outcome: Outcome) -> Path:
    """Write one run of ``study`` (over small defaults) with what ``outcome`` says of each trial."""
    defaults: dict[str, Any] = {
        "name": "small",
        "title": "A small study",
        "about": "What `latching` looks like.",
        "original": "The task.",
        "ours": "Everything else.",
        "source": "nobody 2018",
        "tasks": ["latching"],
        "cells": ["srnn:keras2", "lstm:keras2", "gru:keras2"],
        "lengths": [5, 20, 80],
        "repeats": 8,
        "protocol": {"epochs": 5, "sequences": 1000, "validation": 200},
    }
    made = Study.model_validate(defaults | study)
    trials = made.trials()
    with Store(path, create=True) as store:
        run = store.begin_run(made.name, made.model_dump(), f"rnnbench run {made.name}", [trial.id for trial in trials])
        outcomes = ((trial, outcome(trial)) for trial in trials)
        store.add(TrialRow(**trial.columns() | values) for trial, values in outcomes if values is not None)
        store.finish_run(run)
    return path


def learned(trial: Trial) -> dict[str, Any]:
    """A model that learned the task, or (the longer the likelier) did not."""
    rng = np.random.default_rng(zlib.crc32(trial.id.encode()))
    solved = rng.random() < 1 / (1 + np.exp((trial.length / REACH.get(trial.cell.name, 50) - 1) * 5))
    return result(trial, 1.0 - 0.002 * rng.random() if solved else 0.5 + 0.3 * rng.random() ** 3)


def learned_nothing(trial: Trial) -> dict[str, Any]:
    """A model that always says "positive", on the split of 2018: validation is negative throughout."""
    by_class = {"validation_by_class": [0.0, None], "test_by_class": [0.0, 1.0]}
    return result(trial, 0.0) | by_class | {"validation_value": 0.0, "test_value": 0.5, "reported": "validation"}


def result(trial: Trial, value: float, metric: str = "accuracy") -> dict[str, Any]:
    """A row of a trained model with the reported ``value``."""
    success = value >= 0.99 if metric == "accuracy" else value <= 0.01
    updates = np.linspace(0, trial.protocol.total_updates, 6, dtype=np.int32)[1:]
    start = 0.5 if metric == "accuracy" else 1.0
    points = (start + (value - start) * (updates / updates[-1]) ** 2).astype(np.float32)
    classes = [value - 0.02 * (1 - value), value + 0.02 * (1 - value)] if metric == "accuracy" else None
    return {
        "status": "ok",
        "metric": metric,
        "chance": start,
        "success_rule": "accuracy ≥ 0.99" if metric == "accuracy" else "mse ≤ 0.01",
        "reported": trial.protocol.reported,
        "value": value,
        "success": success,
        "updates": trial.protocol.total_updates,
        "updates_to_success": int(updates[3]) if success else None,
        "validation_value": value,
        "validation_by_class": classes,
        "test_value": value,
        "test_by_class": classes,
        "parameters": 7,
        "state_size": 2 if trial.cell.name == "lstm" else 1,
        "wall_seconds": 0.25,
        "population": 8,
        "kernel": "eager",
        "device": "cpu",
        "versions": {"python": "3.11.2", "torch": "2.13.0"},
        "git_commit": "0123abc",
        "git_dirty": False,
        "host": "secret-host",
        "finished": "2026-11-23T12:00:00+00:00",
        "curves": {"validation_value": Curve(updates, points)},
    }
