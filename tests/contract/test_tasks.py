"""What every task owes: an oracle, an honest chance level, samples that depend on nothing but the seed."""

import hashlib
import math
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.registry import TASKS
from rnnbench.streams import stream
from rnnbench.task import Batch, Classes, Features, Task
from rnnbench.train.sampling import complaint_about

SEQUENCES = 4000


def texts() -> list[str]:
    """Every task as it is by default and by each of its presets."""
    return [text for name in TASKS for text in (name, *(f"{name}[like={like}]" for like in TASKS[name].presets))]


def make(text: str) -> Task:
    resolved = resolve(TASKS, text)
    task: Task = TASKS[resolved.name](**resolved.parameters)
    return task


def with_noise(text: str, noise: float) -> Task:
    changed: dict[str, Any] = {"noise": noise}
    return replace(make(text), **changed)


def noisy() -> list[str]:
    return [text for text in texts() if "noise" in {field.name for field in fields(make(text))}]


def classifying() -> list[str]:
    return [text for text in texts() if isinstance(make(text).answer, Classes)]


def oracle_accuracy(task: Task, batch: Batch) -> float:
    """How often the oracle is right at the last step that is scored, recomputed here from the contract."""
    answers = task.solve(batch.inputs)
    assert answers is not None
    last = batch.scored.shape[1] - 1 - batch.scored[:, ::-1].argmax(axis=1)
    rows = np.arange(len(batch))
    given = answers if answers.ndim == 1 else answers[rows, last]
    return float(np.mean(given == batch.targets[rows, last]))


def within(share: float, probability: float, count: int) -> bool:
    """Whether a share of ``count`` draws lies within 4.5 standard errors of ``probability`` (2 in 300,000 do not)."""
    return abs(share - probability) <= 4.5 * math.sqrt(probability * (1 - probability) / count) + 1e-12


def test_both_tasks_are_here() -> None:
    assert {"bit_relay", "latching", "latching[like=2018]"} <= set(texts())


@pytest.mark.parametrize("length", [2, 3, 20, 101])
@pytest.mark.parametrize("text", texts())
def test_the_oracle_solves_what_is_sampled(text: str, length: int) -> None:
    task = make(text)
    assert task.oracle_accuracy == pytest.approx(1.0, abs=1e-9)
    assert oracle_accuracy(task, task.sample(stream("data", text, length), 500, length)) == 1.0


@pytest.mark.parametrize("noise", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("text", noisy())
def test_noise_costs_the_oracle_what_it_declares(text: str, noise: float) -> None:
    task = with_noise(text, noise)
    assert 0.5 < task.oracle_accuracy < 1.0
    got = oracle_accuracy(task, task.sample(stream("data", text, noise), SEQUENCES, 9))
    assert within(got, task.oracle_accuracy, SEQUENCES), (got, task.oracle_accuracy)


@pytest.mark.parametrize(
    ("text", "accuracy"),
    [
        # a flip needs noise below -1/noise standard deviations: Φ(1) = 0.841345, Φ(2) = 0.977250
        ("latching[noise=0]", 1.0),
        ("latching[noise=1]", 0.841345),
        ("latching[noise=0.5]", 0.977250),
        # neither or both of two: 0.841345² + 0.158655² = 0.707861 + 0.025171;
        # 0.977250² + 0.022750² = 0.955017 + 0.000518
        ("bit_relay[noise=0]", 1.0),
        ("bit_relay[noise=1]", 0.733033),
        ("bit_relay[noise=0.5]", 0.955535),
    ],
)
def test_declared_oracle_accuracy_by_hand(text: str, accuracy: float) -> None:
    assert make(text).oracle_accuracy == pytest.approx(accuracy, abs=2e-6)


@pytest.mark.parametrize("text", classifying())
def test_guessing_scores_chance(text: str) -> None:
    task = make(text)
    assert isinstance(task.answer, Classes)
    batch = task.sample(stream("data", text), SEQUENCES, 10)
    wanted = batch.targets[batch.scored]
    majority = np.bincount(wanted, minlength=task.answer.count).max() / len(wanted)
    assert within(float(majority), task.chance, len(wanted)), majority
    guesses = np.random.default_rng(0).integers(0, task.answer.count, size=len(wanted))
    assert within(float(np.mean(guesses == wanted)), task.chance, len(wanted))


def digest(task: Task, seed: int, length: int) -> str:
    batch = task.sample(np.random.default_rng(seed), 17, length)
    return hashlib.sha256(
        b"".join(part.tobytes() for part in (batch.inputs, batch.targets, batch.lengths, batch.scored))
    ).hexdigest()


@pytest.mark.parametrize("text", texts())
def test_one_seed_one_sample(text: str) -> None:
    task = make(text)
    first = digest(task, 1, 12)
    assert digest(task, 2, 12) != first  # and drawing it leaves nothing behind
    assert digest(task, 1, 12) == first
    assert digest(make(text), 1, 12) == first


def test_one_seed_one_sample_in_another_process() -> None:
    program = (
        "from tests.contract.test_tasks import digest, make, texts\n"
        "for text in reversed(texts()):\n"
        "    print(text, digest(make(text), 1, 12))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert dict(line.rsplit(" ", 1) for line in done.stdout.splitlines()) == {
        text: digest(make(text), 1, 12) for text in texts()
    }


@pytest.mark.parametrize(("count", "extra"), [(1, 0), (6, 0), (6, 1), (7, 30)])
@pytest.mark.parametrize("text", texts())
def test_batch_contract(text: str, count: int, extra: int) -> None:
    task = make(text)
    length = task.minimum_length + extra
    task.check_length(length)
    batch = task.sample(stream("data", text, count, extra), count, length)
    assert complaint_about(task, batch, count) is None
    time = batch.inputs.shape[1]
    width = (task.inputs.width,) if isinstance(task.inputs, Features) else ()
    value = () if isinstance(task.answer, Classes) else (task.answer.width,)
    for array, dtype, shape in (
        (batch.inputs, "float32" if width else "int64", (count, time, *width)),
        (batch.targets, "float32" if value else "int64", (count, time, *value)),
        (batch.lengths, "int64", (count,)),
        (batch.scored, "bool", (count, time)),
    ):
        assert (str(array.dtype), array.shape) == (dtype, shape)
    assert len(batch) == count


@pytest.mark.parametrize("text", ["bit_relay", "latching", "latching[like=2018]"])
def test_only_the_last_step_of_exactly_length_steps_is_scored(text: str) -> None:
    batch = make(text).sample(stream("data", text), 5, 13)
    assert batch.inputs.shape == (5, 13, 1)
    assert (batch.lengths == 13).all()
    assert batch.scored[:, -1].all()
    assert batch.scored.sum() == 5


@pytest.mark.parametrize(("text", "least"), [("bit_relay", 2), ("latching", 1), ("latching[like=2018]", 1)])
def test_too_short_is_refused(text: str, least: int) -> None:
    task = make(text)
    task.check_length(least)
    for length in (least - 1, 0, -3):
        with pytest.raises(RnnbenchError) as refusal:
            task.check_length(length)
        assert str(refusal.value) == f"task {task.name!r} needs length ≥ {least}, got {length}."


EXAMPLES: Mapping[str, Mapping[tuple[int, ...], int]] = {
    "latching[noise=0]": {(1, 0, 0, 0): 1, (-1, 0, 0, 0): 0},
    "latching[like=2018,noise=0]": {(1, 0, 0, 0): 1, (-1, 0, 0, 0): 0},
    "bit_relay[noise=0]": {(1, 0, 1, 0): 1, (1, 0, -1, 0): 0, (-1, 0, 1, 0): 0, (-1, 0, -1, 0): 1},
}
"""What each task's docstring shows, all cases, worked by hand at length 4."""


@pytest.mark.parametrize("text", EXAMPLES)
def test_without_noise_only_the_hand_examples_occur(text: str) -> None:
    task, expected = make(text), EXAMPLES[text]
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


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_docstring_shows_true_examples(text: str) -> None:
    shown = re.findall(
        r"^ *input ((?: +-?\d)+) +target((?: +\.)+) +(\d)$", type(make(text)).__doc__ or "", re.MULTILINE
    )
    assert len(shown) == 2
    for inputs, blanks, target in shown:
        row = tuple(map(int, inputs.split()))
        assert len(blanks.split()) + 1 == len(row)
        assert EXAMPLES[text][row] == int(target)


@pytest.mark.parametrize(("length", "place"), [(2, 1), (3, 1), (4, 2), (5, 2), (11, 5)])
def test_the_second_bit_of_bit_relay_stands_halfway(length: int, place: int) -> None:
    inputs = make("bit_relay[noise=0]").sample(stream("data", length), 20, length).inputs[..., 0]
    assert set(np.flatnonzero(np.abs(inputs).max(axis=0))) == {0, place}
    assert (np.abs(inputs[:, [0, place]]) == 1.0).all()


@pytest.mark.parametrize("text", ["bit_relay", "latching", "latching[like=2018]"])
def test_noise_lies_on_every_element(text: str) -> None:
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


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_the_seed_of_latching_is_sorted_positive_first(count: int) -> None:
    targets = make("latching[like=2018]").sample(stream("data", count), count, 3).targets[:, -1]
    assert targets.tolist() == [1] * (count // 2) + [0] * (count - count // 2)


def test_latching_by_default_is_in_no_order() -> None:
    targets = make("latching").sample(stream("data"), SEQUENCES, 3).targets[:, -1]
    assert within(float(np.mean(targets[: SEQUENCES // 2])), 0.5, SEQUENCES // 2)
    assert within(float(np.mean(targets[1:] == targets[:-1])), 0.5, SEQUENCES - 1)


@pytest.mark.parametrize("text", ["bit_relay", "latching", "latching[like=2018]"])
def test_streams_share_no_sequence(text: str) -> None:
    task = make(text)
    keys = [(purpose, seed) for purpose in ("data", "validation") for seed in range(15)]
    rows = [row.tobytes() for key in keys for row in task.sample(stream(*key), 100, 8).inputs]
    assert len(set(rows)) == len(rows) == 3000
