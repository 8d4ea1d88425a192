"""Selective copying against both published layouts."""

from collections import Counter
from math import comb

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.registry import TASKS
from rnnbench.task import Task, Tokens
from rnnbench.train.sampling import complaint_about


def make(text: str) -> Task:
    task: Task = TASKS["selective_copy"](**resolve(TASKS, f"selective_copy:{text}").parameters)
    return task


def by_gaps(rng: np.random.Generator, items: int, blanks: int) -> str:
    """Where MAD puts symbols: every blank is inserted before a symbol of the original list, drawn uniformly."""
    before = Counter(int(rng.integers(items)) for _ in range(blanks))
    return "".join("." * before[item] + "#" for item in range(items))


@pytest.mark.parametrize("length", [34, 35, 60])
@pytest.mark.parametrize("preset", ["gu", "mad"])
def test_every_sequence_is_as_published(preset: str, length: int) -> None:
    task = make(preset)
    batch = task.sample(np.random.default_rng(length), 500, length)
    assert complaint_about(task, batch, 500) is None
    assert task.inputs == Tokens(16)
    assert (batch.lengths == length).all()
    assert (batch.scored == (np.arange(length) >= length - 16)).all()
    for tokens, targets in zip(batch.inputs.tolist(), batch.targets.tolist(), strict=True):
        symbols = [token for token in tokens if 1 <= token <= 14]
        assert len(symbols) == 16
        assert [target + 1 for target in targets[-16:]] == symbols
        assert tokens[-16:] == ([15] * 16 if preset == "gu" else [0] * 16)
        if preset == "mad":
            assert tokens[-17] == 15
            assert tokens[-18] == symbols[-1]  # no blank goes behind the last symbol
        assert set(tokens[: -16 if preset == "gu" else -17]) <= set(range(15))
    answers = task.solve(batch.inputs)
    assert answers is not None
    assert (answers[batch.scored] == batch.targets[batch.scored]).all()


def test_gu_chooses_every_set_of_places_equally_often() -> None:
    """2 symbols in 5 places: the C(5, 2) = 10 sets."""
    batch = make("gu,items=2,vocabulary=4").sample(np.random.default_rng(0), 20_000, 7)
    sets = Counter("".join(".#"[token > 0] for token in row) for row in batch.inputs[:, :5].tolist())
    assert len(sets) == comb(5, 2)
    assert max(abs(count - 2000) for count in sets.values()) < 4.5 * np.sqrt(2000)


def test_mad_inserts_blanks_as_published() -> None:
    """3 symbols and 4 blanks: frequencies of all arrangements against the slow insertion."""
    batch = make("mad,items=3,vocabulary=4").sample(np.random.default_rng(1), 20_000, 11)
    got = Counter("".join(".#"[token > 0] for token in row) for row in batch.inputs[:, :7].tolist())
    rng = np.random.default_rng(2)
    expected = Counter(by_gaps(rng, 3, 4) for _ in range(20_000))
    assert set(got) == set(expected)
    assert len(got) == comb(6, 2)
    for arrangement, count in expected.items():
        assert abs(got[arrangement] - count) < 4.5 * np.sqrt(2 * count)


@pytest.mark.parametrize("preset", ["gu", "mad"])
def test_the_example_of_the_docstring(preset: str) -> None:
    task = make(f"{preset},vocabulary=6,items=2")
    line = next(line for line in (task.__doc__ or "").splitlines() if line.split()[:2] == [preset, "input"])
    tokens = [int(word) for word in line.split("target")[0].split()[2:]]
    answers = task.solve(np.array([tokens]))
    assert answers is not None
    assert answers[0, -2:].tolist() == [int(word) for word in line.split()[-2:]] == [3, 0]
    drawn = task.sample(np.random.default_rng(0), 20, 8).inputs
    assert (drawn[:, -2:] == tokens[-2:]).all()


@pytest.mark.parametrize("preset", ["gu", "mad"])
def test_symbols_are_uniform_and_the_answer_steps_tell_nothing(preset: str) -> None:
    task = make(f"{preset},vocabulary=5,items=2")
    batch = task.sample(np.random.default_rng(3), 9000, 9)
    for step in (7, 8):
        shares = np.bincount(batch.targets[:, step], minlength=3) / 9000
        assert np.abs(shares - 1 / 3).max() < 4.5 * np.sqrt(2 / 9 / 9000)
        assert len(np.unique(batch.inputs[:, step])) == 1
    assert task.chance == task.memoryless(9) == 1 / 3


def test_what_is_fed_during_the_answer_changes_nothing() -> None:
    task = make("gu,vocabulary=6,items=3")
    batch = task.sample(np.random.default_rng(4), 100, 12)
    changed = batch.inputs.copy()
    changed[:, -3:] = 2
    answers = task.solve(changed)
    assert answers is not None
    assert (answers[:, -3:] == batch.targets[:, -3:]).all()


def test_refusals() -> None:
    make("mad,items=4").check_length(10)
    with pytest.raises(
        RnnbenchError, match=r"task 'selective_copy' needs length ≥ 2 \* items \+ 2, got length=9, items=4."
    ):
        make("mad,items=4").check_length(9)
    make("gu").check_length(make("gu").minimum_length)
    with pytest.raises(RnnbenchError, match="got length=33, items=16"):
        make("gu").check_length(33)
