"""Repeat previous against a game played card by card."""

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.registry import TASKS
from rnnbench.task import Task
from rnnbench.train.sampling import complaint_about


def make(text: str) -> Task:
    task: Task = TASKS["repeat_previous"](**resolve(TASKS, text).parameters)
    return task


@pytest.mark.parametrize(("preset", "k", "decks"), [("easy", 4, 1), ("medium", 32, 2), ("hard", 64, 3)])
def test_a_published_episode(preset: str, k: int, decks: int) -> None:
    """All cards but one are shown; with ``hand`` the cards so far, the answer is ``hand[-k]`` once there are k."""
    task, length = make(f"repeat_previous:{preset}"), 52 * decks - 1
    batch = task.sample(np.random.default_rng(0), 100, length)
    assert complaint_about(task, batch, 100) is None
    for suits, targets, scored in zip(batch.inputs.tolist(), batch.targets, batch.scored, strict=True):
        for step in range(length):
            hand = suits[: step + 1]
            assert scored[step] == (len(hand) >= k)
            if scored[step]:
                assert targets[step] == hand[-k]
        counts = np.bincount(suits, minlength=4)
        assert sorted(counts) == [13 * decks - 1, *[13 * decks] * 3]
    answers = task.solve(batch.inputs)
    assert answers is not None
    assert (answers[batch.scored] == batch.targets[batch.scored]).all()


@pytest.mark.parametrize("length", [4, 52, 53, 130])
def test_each_pack_holds_thirteen_of_a_suit(length: int) -> None:
    batch = make("repeat_previous").sample(np.random.default_rng(length), 300, length)
    assert batch.inputs.shape == (300, length)
    for start in range(0, length - 51, 52):
        pack = batch.inputs[:, start : start + 52]
        assert all((np.bincount(row) == 13).all() for row in pack)
    assert len(np.unique(batch.inputs, axis=0)) > 150  # rows are shuffled one by one
    first = np.bincount(batch.inputs[:, 0], minlength=4) / 300
    assert np.abs(first - 0.25).max() < 4.5 * np.sqrt(3 / 16 / 300)


def test_decks_are_shuffled_together() -> None:
    """Two decks apart would show 13 of each suit in the first 52 cards, always; 104 cards have 26 of each."""
    suits = make("repeat_previous[decks=2]").sample(np.random.default_rng(3), 200, 104).inputs
    assert (np.bincount(suits.ravel()) == 200 * 26).all()
    assert np.mean([(np.bincount(row[:52], minlength=4) == 13).all() for row in suits]) < 0.1


@pytest.mark.parametrize(("text", "length"), [("k=1", 10), ("k=3", 30), ("k=11", 80), ("k=3,decks=2", 30)])
def test_memoryless_is_the_best_guess_from_the_present_card(text: str, length: int) -> None:
    task = make(f"repeat_previous[{text}]")
    batch = task.sample(np.random.default_rng(1), 20_000, length)
    now, before = batch.inputs[batch.scored], batch.targets[batch.scored]
    if text == "k=1":
        assert task.memoryless(length) == 1.0 == np.mean(now == before)
        return
    other = float(np.mean(before == (now + 1) % 4))
    assert task.memoryless(length) == pytest.approx(other, abs=4.5 * 0.5 / np.sqrt(len(now) / 5))
    if length <= 52:
        cards = 104 if "decks" in text else 52
        assert task.memoryless(length) == pytest.approx((cards / 4) / (cards - 1))
    assert task.chance == 0.25


def test_memoryless_over_two_packs_by_hand() -> None:
    """k = 3, one pack, 53 cards: 50 scored steps within the pack at 13/51, then one whose card is in the last pack."""
    assert make("repeat_previous[k=3]").memoryless(53) == pytest.approx((50 * 13 / 51 + 1 / 4) / 51)


def test_the_example_of_the_docstring() -> None:
    task = make("repeat_previous[k=3]")
    assert "input    2 0 0 3 1" in (task.__doc__ or "")
    assert "target   . . 2 0 0" in (task.__doc__ or "")
    assert task.solve(np.array([[2, 0, 0, 3, 1]]))[0, 2:].tolist() == [2, 0, 0]  # type: ignore[index]


def test_later_cards_do_not_change_earlier_answers() -> None:
    task = make("repeat_previous")
    batch = task.sample(np.random.default_rng(2), 50, 20)
    changed = batch.inputs.copy()
    changed[:, 12:] = 0
    assert (task.solve(changed)[:, :12] == task.solve(batch.inputs)[:, :12]).all()  # type: ignore[index]


def test_refusals() -> None:
    make("repeat_previous").check_length(4)
    with pytest.raises(RnnbenchError, match=r"task 'repeat_previous' needs length ≥ k, got length=31, k=32."):
        make("repeat_previous:medium").check_length(31)
