"""The copying problem against its definition and against Arjovsky's baseline 10 ln 8/(T + 20)."""

import math
from typing import Any

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.registry import TASKS
from rnnbench.task import Task
from rnnbench.train.sampling import complaint_about


def make(text: str = "copy", **changed: Any) -> Task:
    task: Task = TASKS["copy"](**{**resolve(TASKS, text).parameters, **changed})
    return task


@pytest.mark.parametrize("length", [1, 2, 30])
@pytest.mark.parametrize("preset", ["arjovsky", "tcn"])
def test_every_sequence_is_as_published(preset: str, length: int) -> None:
    """Ten of 1..8, T-1 blanks, one nine; then ten blanks (uRNN) or ten more nines (TCN): eleven nines in all."""
    task = make(f"copy:{preset}")
    batch = task.sample(np.random.default_rng(length), 300, length)
    assert complaint_about(task, batch, 300) is None
    assert batch.scored.all()
    assert (batch.lengths == length + 20).all()
    assert task.steps(length) == length + 20
    for tokens, targets in zip(batch.inputs.tolist(), batch.targets.tolist(), strict=True):
        symbols, rest = tokens[:10], tokens[10:]
        assert rest == [0] * (length - 1) + ([9] + [0] * 10 if preset == "arjovsky" else [9] * 11)
        assert targets == [0] * (length + 10) + symbols
        assert 1 <= min(symbols) <= max(symbols) <= 8
    counts = np.bincount(batch.inputs[:, :10].ravel(), minlength=9)
    assert np.abs(counts[1:] / 3000 - 1 / 8).max() < 4.5 * math.sqrt(7 / 64 / 3000)
    assert (task.solve(batch.inputs) == batch.targets).all()  # type: ignore[union-attr]


@pytest.mark.parametrize("scored", ["all", "answer"])
def test_the_example_of_the_docstring(scored: str) -> None:
    task = make(items=3, scored=scored)
    shown = [
        line.split()[1:] for line in (task.__doc__ or "").splitlines() if line.split()[:1] in (["input"], ["target"])
    ]
    tokens, targets = np.array(shown, dtype=np.int64)
    answers = task.solve(tokens[None])
    assert answers is not None
    if scored == "all":
        assert answers.tolist() == [targets.tolist()]
    else:
        assert answers[0, -3:].tolist() == [2, 7, 0]
    drawn = task.sample(np.random.default_rng(0), 5, 4)
    assert (drawn.inputs[:, 3:] == tokens[3:]).all()
    assert drawn.scored.sum(axis=1).tolist() == [10 if scored == "all" else 3] * 5


@pytest.mark.parametrize("length", [1, 10, 100])
def test_the_published_loss_of_the_memoryless_baseline(length: int) -> None:
    """Arjovsky et al.: 10 ln 8/(T + 20). Here: mean entropy of the target given step and token, and the best guess."""
    task = make()
    batch = task.sample(np.random.default_rng(3), 20_000, length)
    losses, hits = [], []
    for step in range(batch.inputs.shape[1]):
        loss = hit = 0.0
        for token in np.unique(batch.inputs[:, step]):
            counts = np.bincount(batch.targets[batch.inputs[:, step] == token, step])
            shares = counts[counts > 0] / 20_000
            loss -= float(np.sum(shares * np.log(shares / shares.sum())))
            hit += counts.max() / 20_000
        losses.append(loss)
        hits.append(hit)
    assert np.mean(losses) == pytest.approx(10 * math.log(8) / (length + 20), rel=1e-3)
    assert task.memoryless(length) == pytest.approx(np.mean(hits), abs=0.005 * 10 / (length + 20))
    assert make(scored="answer").memoryless(length) == 1 / 8


def test_memoryless_by_hand() -> None:
    assert make().memoryless(100) == pytest.approx(111.25 / 120)
    assert make(items=3, symbols=2).memoryless(4) == pytest.approx(8.5 / 10)


@pytest.mark.parametrize("scored", ["all", "answer"])
def test_class_balance_and_chance(scored: str) -> None:
    task = make(scored=scored, items=3, symbols=2)
    balance = task.class_balance
    batch = task.sample(np.random.default_rng(4), 4000, task.small.length)
    shares = np.bincount(batch.targets[batch.scored]) / batch.scored.sum()
    assert balance is not None
    assert shares == pytest.approx(balance, abs=0.02)
    assert sum(balance) == pytest.approx(1)
    assert task.chance == 1 / len(balance)


def test_success_is_beyond_what_blanks_give() -> None:
    for length in (100, 1000, 2000, 10_000):
        assert not make().success.met(make().memoryless(length) or 1.0)
    assert make().success.met(1.0)
    assert make(scored="answer").success.threshold == 0.99


def test_the_answer_ignores_what_is_fed_during_it() -> None:
    task = make()
    batch = task.sample(np.random.default_rng(5), 50, 10)
    changed = batch.inputs.copy()
    changed[:, 20:] = 7
    assert (task.solve(changed) == batch.targets).all()  # type: ignore[union-attr]


def test_refusals() -> None:
    with pytest.raises(RnnbenchError, match=r"task 'copy' needs length ≥ 1, got 0."):
        make().check_length(0)
    with pytest.raises(RnnbenchError, match=r"copy: symbols=1: input should be greater than or equal to 2."):
        resolve(TASKS, "copy[symbols=1]")
