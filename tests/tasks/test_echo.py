"""Delayed echo of symbols and of numbers."""

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.registry import TASKS
from rnnbench.task import Classes, Features, Task, Tokens, Values
from rnnbench.train.sampling import complaint_about


def make(text: str) -> Task:
    task: Task = TASKS["echo"](**resolve(TASKS, text).parameters)
    return task


@pytest.mark.parametrize("extra", [1, 2, 40])
@pytest.mark.parametrize(
    ("preset", "delay", "symbols"),
    [
        ("small", 5, 3),
        ("medium", 15, 8),
        ("large", 50, 8),
        ("continuous-small", 5, None),
        ("continuous-medium", 15, None),
        ("continuous-large", 50, None),
    ],
)
def test_every_answer_is_what_came_before(preset: str, delay: int, symbols: int | None, extra: int) -> None:
    task = make(f"echo:{preset}")
    length = delay + extra
    batch = task.sample(np.random.default_rng(extra), 200, length)
    assert complaint_about(task, batch, 200) is None
    assert (task.inputs, task.answer) == ((Tokens(symbols), Classes(symbols)) if symbols else (Features(1), Values(1)))
    inputs, targets = batch.inputs.squeeze().tolist(), batch.targets.squeeze().tolist()
    for fed, wanted in zip(inputs, targets, strict=True):
        for step in range(delay, length):
            assert wanted[step] == fed[step - delay]
    assert (batch.scored == (np.arange(length) >= delay)).all()
    answers = task.solve(batch.inputs)
    assert answers is not None
    assert (answers[batch.scored] == batch.targets[batch.scored]).all()


def test_symbols_are_uniform() -> None:
    batch = make("echo[symbols=4]").sample(np.random.default_rng(0), 2000, 10)
    shares = np.bincount(batch.inputs.ravel()) / 20_000
    assert np.abs(shares - 1 / 4).max() < 4.5 * np.sqrt(3 / 16 / 20_000)


def test_numbers_are_uniform_and_their_variance_is_chance() -> None:
    task = make("echo:continuous-small")
    numbers = task.sample(np.random.default_rng(1), 4000, 10).inputs.ravel()
    assert np.abs(np.quantile(numbers, [0, 0.25, 0.5, 0.75, 1]) - [-0.8, -0.4, 0, 0.4, 0.8]).max() < 0.02
    assert task.chance == task.memoryless(10) == pytest.approx(np.var(numbers), rel=0.02)
    assert task.chance == pytest.approx(0.21333, abs=1e-5)
    assert task.success.metric == "mse"
    assert task.success.threshold == pytest.approx(0.01 * task.chance, rel=0.07)


def test_the_example_of_the_docstring() -> None:
    task = make("echo[delay=2]")
    assert "input    1 0 2 2 1\n    target   . . 1 0 2" in (task.__doc__ or "").replace("        ", "    ")
    assert task.solve(np.array([[1, 0, 2, 2, 1]]))[0, 2:].tolist() == [1, 0, 2]  # type: ignore[index]


def test_later_inputs_do_not_change_earlier_answers() -> None:
    task = make("echo:small")
    batch = task.sample(np.random.default_rng(2), 50, 20)
    changed = batch.inputs.copy()
    changed[:, 13:] = 0
    assert (task.solve(changed)[:, :14] == task.solve(batch.inputs)[:, :14]).all()  # type: ignore[index]


def test_refusals() -> None:
    make("echo:small").check_length(6)
    with pytest.raises(RnnbenchError, match=r"task 'echo' needs length > delay, got length=15, delay=15."):
        make("echo:medium").check_length(15)
    with pytest.raises(RnnbenchError, match="echo: delay=0"):
        resolve(TASKS, "echo[delay=0]")
