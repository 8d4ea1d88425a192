"""Tokens, embeddings, real values, scored positions in the middle, sequences of different lengths."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rnnbench.registry import TASKS
from rnnbench.store.row import TrialRow
from rnnbench.task import Batch, Classes, Features, Success, Task, Tokens, Values
from rnnbench.train.fit import fit
from rnnbench.trial import Trial
from tests.train.conftest import make_trials
from tests.train.rows import results, unpack


@dataclass(frozen=True, kw_only=True)
class Echo(Task):
    """Repeat the previous token, for sequences of two to ``length`` tokens; every step but the first is scored."""

    source = "a test"
    inputs = Tokens(vocabulary=4)
    answer = Classes(4)
    minimum_length = 2

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        tokens = rng.integers(0, 4, size=(batch, length))
        lengths = rng.integers(2, length + 1, size=batch)
        scored = (np.arange(length) < lengths[:, None]) & (np.arange(length) > 0)
        return Batch(tokens, np.where(scored, np.roll(tokens, 1, axis=1), -7), lengths, scored)  # -7 is nobody's class


@dataclass(frozen=True, kw_only=True)
class EchoEmbedded(Echo):
    """The same through a learned embedding."""

    inputs = Tokens(vocabulary=4, width=3)


@dataclass(frozen=True, kw_only=True)
class Mean(Task):
    """The running mean and its negative, at every step."""

    source = "a test"
    inputs = Features(2)
    answer = Values(2)
    success = Success("mse", 0.05)
    chance = 1.0

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        x = rng.normal(size=(batch, length, 2)).astype(np.float32)
        mean = x[:, :, 0].cumsum(1) / np.arange(1, length + 1)
        targets = np.stack([mean, -mean], -1).astype(np.float32)
        return Batch(x, targets, np.full(batch, length), np.ones((batch, length), dtype=bool))


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    from pathlib import Path

    from rnnbench.registry import Entry

    list(TASKS)
    for name, kind in {"echo_test": Echo, "echo_embedded": EchoEmbedded, "mean_test": Mean}.items():
        kind.name = name
        entry = Entry(name, __name__, Path(__file__), False, "", "a test")
        monkeypatch.setitem(TASKS._entries, name, entry)
        monkeypatch.setitem(TASKS._classes, name, kind)


@pytest.mark.parametrize("task", ["echo_test", "echo_embedded", "mean_test"])
def test_company_changes_nothing(task: str) -> None:
    trials = make_trials(tasks=[task], cells=["gru"], hidden=[4], lengths=[3, 5, 8], repeats=4)
    together = results(fit(trials))
    assert results(fit(trials[3:5])) == {trial.id: together[trial.id] for trial in trials[3:5]}


@pytest.mark.parametrize("task", ["echo_test", "echo_embedded", "mean_test"])
def test_loss_equals_a_plain_loop(task: str) -> None:
    """The mean over all scored positions of a batch, by hand, for the first update of a 64-bit trial."""
    protocol = {"updates": 1, "interval": 1, "batch": 16}
    settings = {"tasks": [task], "cells": ["srnn"], "hidden": [4], "lengths": [6], "repeats": 2, "precision": "64"}
    trials = make_trials(**settings, protocol=protocol)
    rows = {row.trial: row for row in fit(trials)}
    for trial in trials:
        assert rows[trial.id].train_loss == pytest.approx(_first_loss(trial, rows[trial.id]), abs=1e-12)


def _first_loss(trial: Trial, row: TrialRow) -> float:
    from rnnbench.streams import stream

    weights = unpack(row, row.initial_weights)
    task, protocol = trial.make_task(), trial.protocol
    key = (trial.task.text, trial.task.version, trial.length, protocol.data_seed, None)
    data = task.sample(stream("data", *key), protocol.sequences, trial.length)
    train = data.take(np.sort(stream("split", *key).permutation(protocol.sequences)[: protocol.training_sequences]))
    batch = train.take(stream("order", *key, trial.seed, 0).permutation(len(train))[: protocol.batch])
    losses = []
    for row_number in range(len(batch)):
        h = torch.zeros(1, 4, dtype=torch.float64)
        for time in range(batch.lengths[row_number]):
            x = torch.from_numpy(np.asarray(batch.inputs[row_number, time]))
            if x.dtype == torch.int64:
                x = weights["embedding"][x] if "embedding" in weights else F.one_hot(x, 4)
            a = x.double()[None] @ weights["cell.kernel"] + h @ weights["cell.recurrent"]
            h = torch.tanh(a + weights["cell.bias.0"] + weights["cell.bias.1"])
            if batch.scored[row_number, time]:
                answer = h @ weights["readout"] + weights["readout_bias"]
                target = torch.from_numpy(np.asarray(batch.targets[row_number, time]))
                losses.append(
                    F.cross_entropy(answer, target[None])
                    if target.dtype == torch.int64
                    else (answer[0] - target.double()).square().mean()
                )
    return float(torch.stack(losses).mean())


def test_a_task_of_values_reports_mse() -> None:
    settings = {"tasks": ["mean_test"], "cells": ["gru"], "hidden": [4], "lengths": [3], "repeats": 2}
    trials = make_trials(**settings, protocol={"updates": 300})
    for row in fit(trials):
        assert (row.metric, row.chance, row.success_rule) == ("mse", 1.0, "mse ≤ 0.05")
        assert row.value is not None
        assert row.value < 0.5
        assert row.test_by_class is None
        assert row.success == (row.value <= 0.05)


def test_scores_by_class_add_up() -> None:
    (row, *_) = fit(make_trials(tasks=["echo_test"], cells=["gru"], hidden=[4], lengths=[5], repeats=2))
    assert row.test_by_class is not None
    assert len(row.test_by_class) == 4
    assert row.value == pytest.approx(np.mean([item for item in row.test_by_class if item is not None]), abs=0.1)


def test_mixed_precision_runs_and_differs() -> None:
    settings = {"cells": ["lstm:keras2"], "hidden": [3], "lengths": [6], "repeats": 2}
    single, mixed = fit(make_trials(**settings)), fit(make_trials(**settings, precision="bf16-mixed"))
    assert {row.status for row in mixed} == {"ok"}
    assert {row.precision for row in mixed} == {"bf16-mixed"}
    pairs = list(zip(single, mixed, strict=True))
    assert all(a.train_loss == pytest.approx(b.train_loss, rel=0.05) for a, b in pairs)
    assert any(a.train_loss != b.train_loss for a, b in pairs)
