"""Noiseless memorisation against the published generator, written out slowly."""

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.registry import TASKS
from rnnbench.task import Task, Tokens
from rnnbench.train.sampling import complaint_about


def make(text: str) -> Task:
    task: Task = TASKS["memorization"](**resolve(TASKS, text).parameters)
    return task


@pytest.mark.parametrize("length", [1, 7, 50])
@pytest.mark.parametrize(("preset", "values", "positions"), [("5bit", 2, 5), ("20bit", 5, 10)])
def test_every_sequence_is_as_published(preset: str, values: int, positions: int, length: int) -> None:
    task = make(f"memorization:{preset}")
    batch = task.sample(np.random.default_rng(length), 2000, length)
    assert complaint_about(task, batch, 2000) is None
    assert task.inputs == Tokens(values + 2)
    assert batch.scored.all()
    for tokens, targets in zip(batch.inputs.tolist(), batch.targets.tolist(), strict=True):
        pattern = tokens[:positions]
        assert len(tokens) == length + 2 * positions
        expected = [values] * (length + 2 * positions)
        expected[:positions] = pattern
        expected[length + positions] = values + 1
        assert tokens == expected
        assert max(pattern) < values
        assert targets == [values] * (length + positions) + pattern
    patterns = np.unique(batch.inputs[:, :positions], axis=0)
    assert len(patterns) == 32 if preset == "5bit" else len(patterns) > 1990  # of 5^10, more than 20 bits
    assert (task.solve(batch.inputs) == batch.targets).all()  # type: ignore[union-attr]


def test_the_example_of_the_docstring() -> None:
    task = make("memorization[values=2,positions=3]")
    lines = [line.split() for line in (task.__doc__ or "").splitlines()]
    tokens, targets = (
        next([int(word) for word in line[1:]] for line in lines if line[:1] == [name]) for name in ("input", "target")
    )
    assert task.solve(np.array([tokens])).tolist() == [targets]  # type: ignore[union-attr]
    assert (task.sample(np.random.default_rng(0), 3, 2).inputs[:, 3:] == tokens[3:]).all()


@pytest.mark.parametrize("preset", ["5bit", "20bit"])
def test_memoryless_is_the_best_guess_by_step_and_token(preset: str) -> None:
    task = make(f"memorization:{preset}")
    batch = task.sample(np.random.default_rng(1), 20_000, 10)
    hits = 0
    for step in range(batch.inputs.shape[1]):
        for token in np.unique(batch.inputs[:, step]):
            hits += np.bincount(batch.targets[batch.inputs[:, step] == token, step]).max()
    assert task.memoryless(10) == pytest.approx(hits / batch.scored.sum(), abs=0.005)
    assert not task.success.met(task.memoryless(2000) or 1)


def test_class_balance_and_chance() -> None:
    task = make("memorization[values=2,positions=3]")
    batch = task.sample(np.random.default_rng(2), 4000, task.small.length)
    shares = np.bincount(batch.targets.ravel()) / batch.targets.size
    assert shares == pytest.approx(task.class_balance, abs=0.01)
    assert task.chance == 1 / 3


def test_the_answer_ignores_what_is_fed_during_it() -> None:
    task = make("memorization:5bit")
    batch = task.sample(np.random.default_rng(3), 40, 6)
    changed = batch.inputs.copy()
    changed[:, 11:] = 0
    assert (task.solve(changed) == batch.targets).all()  # type: ignore[union-attr]


def test_refusals() -> None:
    with pytest.raises(RnnbenchError, match=r"task 'memorization' needs length ≥ 1, got 0."):
        make("memorization:5bit").check_length(0)
    with pytest.raises(RnnbenchError, match="memorization: positions=0"):
        resolve(TASKS, "memorization[positions=0]")
