"""What the two tasks of 2018 have in common: bits, noise on every element, one answer at the end."""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.registry import TASKS
from rnnbench.streams import stream
from rnnbench.task import Batch, Classes, Task
from rnnbench.train.sampling import complaint_about

SEQUENCES = 4000
Examples = Mapping[tuple[int, ...], int]


def make(text: str) -> Task:
    resolved = resolve(TASKS, text)
    task: Task = TASKS[resolved.name](**resolved.parameters)
    return task


def with_noise(text: str, noise: float) -> Task:
    changed: dict[str, Any] = {"noise": noise}
    return replace(make(text), **changed)


def within(share: float, probability: float, count: int) -> bool:
    """Whether a share of ``count`` draws lies within 4.5 standard errors of ``probability`` (2 in 300,000 do not)."""
    return abs(share - probability) <= 4.5 * math.sqrt(probability * (1 - probability) / count) + 1e-12


def oracle_accuracy(task: Task, batch: Batch) -> float:
    """How often the oracle is right at the last step that is scored, recomputed here from the contract."""
    answers = task.solve(batch.inputs)
    assert answers is not None
    last = batch.scored.shape[1] - 1 - batch.scored[:, ::-1].argmax(axis=1)
    rows = np.arange(len(batch))
    given = answers if answers.ndim == 1 else answers[rows, last]
    return float(np.mean(given == batch.targets[rows, last]))


def digest(task: Task, seed: int, length: int) -> str:
    batch = task.sample(np.random.default_rng(seed), 17, length)
    return hashlib.sha256(
        b"".join(part.tobytes() for part in (batch.inputs, batch.targets, batch.lengths, batch.scored))
    ).hexdigest()


def assert_solved(text: str, length: int) -> None:
    task = make(text)
    assert task.oracle_accuracy == pytest.approx(1.0, abs=1e-9)
    assert oracle_accuracy(task, task.sample(stream("data", text, length), 500, length)) == 1.0


def assert_noise_costs_what_is_declared(text: str, noise: float) -> None:
    task = with_noise(text, noise)
    assert 0.5 < task.oracle_accuracy < 1.0
    got = oracle_accuracy(task, task.sample(stream("data", text, noise), SEQUENCES, 9))
    assert within(got, task.oracle_accuracy, SEQUENCES), (got, task.oracle_accuracy)


def assert_guessing_scores_chance(text: str) -> None:
    task = make(text)
    assert isinstance(task.answer, Classes)
    batch = task.sample(stream("data", text), SEQUENCES, 10)
    wanted = batch.targets[batch.scored]
    majority = np.bincount(wanted, minlength=task.answer.count).max() / len(wanted)
    assert within(float(majority), task.chance, len(wanted)), majority
    guesses = np.random.default_rng(0).integers(0, task.answer.count, size=len(wanted))
    assert within(float(np.mean(guesses == wanted)), task.chance, len(wanted))


def assert_one_seed_one_sample(text: str) -> None:
    task = make(text)
    first = digest(task, 1, 12)
    assert digest(task, 2, 12) != first  # and drawing it leaves nothing behind
    assert digest(task, 1, 12) == first
    assert digest(make(text), 1, 12) == first


def assert_contract(text: str, count: int, extra: int) -> None:
    task = make(text)
    length = task.minimum_length + extra
    task.check_length(length)
    batch = task.sample(stream("data", text, count, extra), count, length)
    assert complaint_about(task, batch, count) is None
    for array, dtype, shape in (
        (batch.inputs, "float32", (count, length, 1)),
        (batch.targets, "int64", (count, length)),
        (batch.lengths, "int64", (count,)),
        (batch.scored, "bool", (count, length)),
    ):
        assert (str(array.dtype), array.shape) == (dtype, shape)
    assert len(batch) == count


def assert_only_the_last_of_exactly_length_steps_is_scored(text: str) -> None:
    batch = make(text).sample(stream("data", text), 5, 13)
    assert batch.inputs.shape == (5, 13, 1)
    assert (batch.lengths == 13).all()
    assert batch.scored[:, -1].all()
    assert batch.scored.sum() == 5


def assert_too_short_is_refused(text: str, least: int) -> None:
    task = make(text)
    task.check_length(least)
    for length in (least - 1, 0, -3):
        with pytest.raises(RnnbenchError) as refusal:
            task.check_length(length)
        assert str(refusal.value) == f"task {task.name!r} needs length ≥ {least}, got {length}."


def assert_only_examples_occur(text: str, expected: Examples) -> None:
    """``expected`` are all cases at length 4 without noise."""
    task = make(text)
    batch = task.sample(stream("data", text), 200, 4)
    got = {
        (tuple(map(int, row)), int(target))
        for row, target in zip(batch.inputs[..., 0], batch.targets[:, -1], strict=True)
    }
    assert got == set(expected.items())
    assert set(np.unique(batch.inputs)) == {-1.0, 0.0, 1.0}
    answers = task.solve(np.array(list(expected), dtype=np.float32)[..., None])
    assert answers is not None
    assert answers.astype(int).tolist() == list(expected.values())


def assert_the_docstring_shows(text: str, expected: Examples) -> None:
    shown = re.findall(
        r"^ *input ((?: +-?\d)+) +target((?: +\.)+) +(\d)$", type(make(text)).__doc__ or "", re.MULTILINE
    )
    assert len(shown) == 2
    for inputs, blanks, target in shown:
        row = tuple(map(int, inputs.split()))
        assert len(blanks.split()) + 1 == len(row)
        assert expected[row] == int(target)


def assert_noise_lies_on_every_element(text: str) -> None:
    """The same generator draws the same bits with and without noise: the difference is the noise."""
    length = 6
    for noise in (0.1, 0.7):
        loud = with_noise(text, noise).sample(np.random.default_rng(3), SEQUENCES, length)
        calm = with_noise(text, 0.0).sample(np.random.default_rng(3), SEQUENCES, length)
        assert (loud.targets == calm.targets).all()
        difference = (loud.inputs.astype(np.float64) - calm.inputs)[..., 0]
        assert np.abs(difference.mean(axis=0)).max() < 4.5 * noise / math.sqrt(SEQUENCES)
        # the standard error of a standard deviation is noise/sqrt(2n)
        assert np.abs(difference.std(axis=0) - noise).max() < 4.5 * noise / math.sqrt(2 * SEQUENCES)
        correlations = np.corrcoef(difference.T) - np.eye(length)
        assert np.abs(correlations).max() < 4.5 / math.sqrt(SEQUENCES)


def assert_streams_share_no_sequence(text: str) -> None:
    task = make(text)
    keys = [(purpose, seed) for purpose in ("data", "validation") for seed in range(15)]
    rows = [row.tobytes() for key in keys for row in task.sample(stream(*key), 100, 8).inputs]
    assert len(set(rows)) == len(rows) == 3000
