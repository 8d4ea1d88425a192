"""bsuite's memory chain, as ``memory_length`` and ``memory_size``, against an environment stepped one by one."""

import random

import numpy as np
import pytest
from scipy import stats

from rnnbench.errors import RnnbenchError
from rnnbench.task import Features
from tests.tasks.making import make, only_ends_are_scored, small, solved, wanted


def episode(context: list[int], query: int, length: int) -> list[list[float]]:
    """Every observation of an episode: time left, query, context."""
    observations = []
    for step in range(length):
        shown = [2.0 * bit - 1.0 for bit in context] if step == 0 else [0.0 for _ in context]
        observations.append([1 - step / length, float(query) if step == length - 1 else 0.0, *shown])
    return observations


@pytest.mark.parametrize(("text", "bits"), [("memory_length", 1), ("memory_size", 10), ("memory_size[bits=40]", 40)])
@pytest.mark.parametrize("length", [1, 2, 3, 30])
def test_samples_are_episodes(text: str, bits: int, length: int) -> None:
    task = make(text)
    batch = task.sample(np.random.default_rng(length), 300, length)
    assert task.inputs == Features(2 + bits)
    assert batch.inputs.shape == (300, length, 2 + bits)
    assert only_ends_are_scored(batch)
    for inputs, answer in zip(batch.inputs, wanted(batch), strict=True):
        context = [int(bit > 0) for bit in inputs[0, 2:]]
        query = int(inputs[-1, 1])
        assert np.allclose(inputs, episode(context, query, length))
        assert answer == context[query]
    assert np.array_equal(solved(task, batch.inputs), wanted(batch))


def test_bits_and_queries_are_uniform_and_independent() -> None:
    batch = make("memory_size[bits=4]").sample(np.random.default_rng(0), 8000, 2)
    codes = (batch.inputs[:, 0, 2:] > 0) @ np.array([1, 2, 4, 8]) + 16 * batch.inputs[:, -1, 1].astype(int)
    assert stats.chisquare(np.bincount(codes, minlength=64)).pvalue > 1e-3


def test_the_oracle_reads_episodes_that_it_did_not_draw() -> None:
    chance = random.Random(3)
    for _ in range(100):
        context = [chance.randrange(2) for _ in range(10)]
        query = chance.randrange(10)
        answer = solved(make("memory_size"), np.array([episode(context, query, 5)], dtype=np.float32))
        assert answer.tolist() == [context[query]]


def test_the_docstrings_examples() -> None:
    one: list[list[float]] = [[1, 0, -1], [0.75, 0, 0], [0.5, 0, 0], [0.25, 0, 0]]
    assert np.allclose(one, episode([0], 0, 4))
    assert solved(make("memory_length"), np.array([one])).tolist() == [0]
    three: list[list[float]] = [[1, 0, 1, 1, -1], [0.5, 2, 0, 0, 0]]
    assert np.allclose(three, episode([1, 1, 0], 2, 2))
    assert solved(make("memory_size[bits=3]"), np.array([three])).tolist() == [0]


@pytest.mark.parametrize("text", ["memory_length", "memory_size[bits=2]"])
@pytest.mark.parametrize("length", [1, 2, 6])
def test_memoryless_against_a_table_of_last_steps(text: str, length: int) -> None:
    task = make(text)
    batch = task.sample(np.random.default_rng(9), 8000, length)
    _, codes = np.unique(batch.inputs[:, -1], axis=0, return_inverse=True)
    table = np.zeros((codes.max() + 1, 2))
    np.add.at(table, (codes, wanted(batch)), 1)
    assert table.max(axis=1).sum() / 8000 == pytest.approx(task.memoryless(length), abs=0.03)
    assert wanted(batch).mean() == pytest.approx(task.chance, abs=0.03)


@pytest.mark.parametrize("name", ["memory_length", "memory_size"])
def test_no_step_is_refused(name: str) -> None:
    with pytest.raises(RnnbenchError) as refusal:
        make(name).check_length(0)
    assert str(refusal.value) == f"task {name!r} needs length ≥ 1, got 0."


@pytest.mark.parametrize("name", ["memory_length", "memory_size"])
def test_small_can_be_posed(name: str) -> None:
    assert small(name).class_balance == (0.5, 0.5)
