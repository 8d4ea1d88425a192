"""The multiplication problem against its published definitions; its marks are those of ``test_adding``."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from rnnbench.errors import RnnbenchError
from rnnbench.task import Success
from tests.tasks.making import make, only_ends_are_scored, small, solved, wanted
from tests.tasks.test_adding import PUBLISHED

LEAST = {"hochreiter": 11, "pascanu": 10}


@pytest.mark.parametrize("preset", LEAST)
@pytest.mark.parametrize("extra", [0, 1, 20])
def test_answers_recomputed_number_by_number(preset: str, extra: int) -> None:
    task, length = make(f"multiplication:{preset}"), LEAST[preset] + extra
    batch = task.sample(np.random.default_rng(extra), 300, length)
    assert only_ends_are_scored(batch)
    assert batch.inputs.shape[1] == task.steps(length)
    for pairs, steps, target in zip(batch.inputs, batch.lengths, wanted(batch)[:, 0], strict=True):
        product = 1.0
        for value, mark in pairs[:steps].tolist():
            assert 0.0 <= value < 1.0
            product *= value if mark == 1.0 else 1.0
        assert target == pytest.approx(product, abs=1e-6)


@pytest.mark.parametrize("preset", LEAST)
def test_lengths_and_marks_are_as_likely_as_published(preset: str) -> None:
    batch = make(f"multiplication:{preset}").sample(np.random.default_rng(8), 20_000, 20)
    expected = Counter(PUBLISHED[preset](20))
    marked = [tuple(np.flatnonzero(row == 1.0).tolist()) for row in batch.inputs[..., 1]]
    seen = Counter(zip(batch.lengths.tolist(), marked, strict=True))
    assert set(seen) <= set(expected)
    share = len(batch) / sum(expected.values())
    assert chisquare([seen[cell] for cell in expected], [share * count for count in expected.values()]).pvalue > 1e-3


def test_the_docstrings_example() -> None:
    pairs = np.array([[[0.5, 1], [0.2, 0], [0.9, 1], [0.4, 0]]])
    assert solved(make("multiplication"), pairs)[0, :, 0].tolist() == pytest.approx([0.5, 0.5, 0.45, 0.45])
    pairs[0, 0, 1] = -1  # the first mark on the first pair: X1 is 1
    assert solved(make("multiplication"), pairs)[0, -1, 0] == pytest.approx(0.9)


@pytest.mark.parametrize("preset", LEAST)
def test_chance_and_memoryless_against_simulation(preset: str) -> None:
    task = make(f"multiplication:{preset}")
    batch = task.sample(np.random.default_rng(1), 100_000, 13)
    targets = wanted(batch)[:, 0].astype(np.float64)
    guess = np.square(targets - targets.mean())
    assert guess.mean() == pytest.approx(task.chance, abs=5 * guess.std() / len(batch) ** 0.5)
    assert task.memoryless(13) == task.chance
    assert not (batch.inputs[np.arange(len(batch)), batch.lengths - 1, 1] == 1.0).any()
    assert np.corrcoef(batch.lengths, targets)[0, 1] < 0.02 if preset == "hochreiter" else (batch.lengths == 13).all()


def test_chance_by_hand() -> None:
    """1/9 - 1/16; with one value in a tenth of sequences 0.1/3 + 0.9/9 - (0.1/2 + 0.9/4)²."""
    assert make("multiplication:pascanu").chance == pytest.approx(7 / 144)
    assert make("multiplication").chance == pytest.approx(0.0577083, abs=1e-7)


def test_success_is_the_sources() -> None:
    assert make("multiplication").success == Success("mse", 0.04**2)
    assert make("multiplication:pascanu").success == make("adding:pascanu").success


@pytest.mark.parametrize("preset", LEAST)
def test_too_short_is_refused(preset: str) -> None:
    task, least = make(f"multiplication:{preset}"), LEAST[preset]
    task.check_length(least)
    with pytest.raises(RnnbenchError) as refusal:
        task.check_length(least - 1)
    text = f"task 'multiplication' needs length ≥ {least} for marks={preset}, got length={least - 1}."
    assert str(refusal.value) == text


def test_later_pairs_change_no_earlier_answer() -> None:
    task = make("multiplication")
    inputs, other = (task.sample(np.random.default_rng(seed), 50, 20).inputs[:, :20].copy() for seed in (0, 1))
    changed = np.concatenate([inputs[:, :7], other[:, 7:]], axis=1)
    assert np.array_equal(solved(task, changed)[:, :7], solved(task, inputs)[:, :7])


def test_small_can_be_posed() -> None:
    assert small("multiplication").class_balance is None
