"""Copy the first input."""

import numpy as np
import pytest
from scipy import stats

from rnnbench.errors import RnnbenchError
from tests.tasks.making import make, only_ends_are_scored, small, solved, wanted


@pytest.mark.parametrize("length", [2, 5, 60])
def test_the_answer_is_the_first_of_independent_normal_numbers(length: int) -> None:
    task = make("copy_first")
    batch = task.sample(np.random.default_rng(0), 4000, length)
    assert batch.inputs.shape == (4000, length, 1)
    assert only_ends_are_scored(batch)
    assert (batch.lengths == length).all()
    assert np.array_equal(wanted(batch), batch.inputs[:, 0])
    assert np.array_equal(solved(task, batch.inputs)[batch.scored], wanted(batch))
    assert stats.kstest(batch.inputs.ravel(), stats.norm.cdf).pvalue > 1e-3
    correlations = np.corrcoef(batch.inputs[..., 0].T) - np.eye(length)
    assert np.abs(correlations).max() < 0.09  # 5.7 standard errors


def test_the_docstrings_example() -> None:
    inputs = np.array([[[0.3], [-1.2], [0.8]]])
    assert solved(make("copy_first"), inputs)[0, :, 0].tolist() == [0.3, 0.3, 0.3]


def test_levels_against_simulation() -> None:
    task = make("copy_first")
    batch = task.sample(np.random.default_rng(1), 40_000, 3)
    targets, last = wanted(batch)[:, 0].astype(np.float64), batch.inputs[:, -1, 0].astype(np.float64)
    assert targets.var() == pytest.approx(task.chance, abs=5 * (2 / 40_000) ** 0.5)
    slope = (targets * last).mean() / (last**2).mean()
    assert np.square(targets - slope * last).mean() == pytest.approx(task.memoryless(3), abs=5 * (2 / 40_000) ** 0.5)
    assert task.success.threshold == task.chance / 100


def test_too_short_is_refused() -> None:
    with pytest.raises(RnnbenchError) as refusal:
        make("copy_first").check_length(1)
    assert str(refusal.value) == "task 'copy_first' needs length ≥ 2, got 1."


def test_small_can_be_posed() -> None:
    assert small("copy_first").class_balance is None
