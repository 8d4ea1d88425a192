"""Random permutation."""

import numpy as np
import pytest
from scipy import stats

from rnnbench.errors import RnnbenchError
from rnnbench.task import Classes, Tokens
from tests.tasks.making import make, only_ends_are_scored, small, solved, wanted


@pytest.mark.parametrize(("text", "symbols"), [("random_permutation", 100), ("random_permutation[symbols=5]", 5)])
@pytest.mark.parametrize("length", [2, 10, 200])
def test_first_of_two_then_others(text: str, symbols: int, length: int) -> None:
    task = make(text)
    batch = task.sample(np.random.default_rng(length), 4000, length)
    assert (task.inputs, task.answer) == (Tokens(symbols), Classes(2))
    assert batch.inputs.shape == (4000, length)
    assert only_ends_are_scored(batch)
    assert np.array_equal(wanted(batch), batch.inputs[:, 0])
    assert np.array_equal(solved(task, batch.inputs), wanted(batch))
    counts = np.bincount(batch.inputs[:, 1:].ravel(), minlength=symbols)
    assert counts[:2].sum() == 0
    assert len(counts) == symbols
    assert stats.chisquare(counts[2:]).pvalue > 1e-3
    assert stats.binomtest(int(wanted(batch).sum()), 4000).pvalue > 1e-3


def test_the_docstrings_example() -> None:
    assert solved(make("random_permutation"), np.array([[1, 57, 2, 57]])).tolist() == [1]


def test_no_later_symbol_tells_the_answer() -> None:
    task = make("random_permutation[symbols=6]")
    batch = task.sample(np.random.default_rng(0), 20_000, 4)
    table = np.zeros((6, 2))
    np.add.at(table, (batch.inputs[:, -1], wanted(batch)), 1)
    assert table.max(axis=1).sum() / len(batch) == pytest.approx(task.memoryless(4), abs=0.02)
    assert task.memoryless(4) == task.chance == 0.5


def test_too_short_is_refused() -> None:
    with pytest.raises(RnnbenchError) as refusal:
        make("random_permutation").check_length(1)
    assert str(refusal.value) == "task 'random_permutation' needs length ≥ 2, got 1."


def test_small_can_be_posed() -> None:
    assert small("random_permutation").class_balance == (0.5, 0.5)
