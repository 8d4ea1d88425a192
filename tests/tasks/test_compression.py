"""Compression: tokens, the compress token, every place asked once."""

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from tests.tasks.recall_checks import (
    answers,
    assert_causal,
    assert_oracle_is_right,
    assert_uniform,
    best_without_memory,
    drawn,
    make,
)

TEXTS = ["compression", "compression:mad", "compression[vocabulary=3,places=40]"]


@pytest.mark.parametrize("length", [2, 3, 41])
@pytest.mark.parametrize("text", TEXTS)
def test_every_sequence_is_as_defined(text: str, length: int) -> None:
    assert_oracle_is_right(text, length)
    task, batch = drawn(text, length)
    vocabulary = getattr(task, "vocabulary")  # noqa: B009
    assert (batch.scored == (np.arange(2 * length - 1) >= length)).all()
    for tokens, targets in zip(batch.inputs.tolist(), batch.targets.tolist(), strict=True):
        assert all(0 <= token < vocabulary - 1 for token in tokens[: length - 1])
        assert tokens[length - 1] == vocabulary - 1
        places = [token - vocabulary for token in tokens[length:]]
        assert sorted(places) == list(range(length - 1))
        assert targets[length:] == [tokens[place] for place in places]


def test_later_inputs_change_no_earlier_answer() -> None:
    assert_causal("compression[places=8]", 9)


def test_the_example_of_the_docstring() -> None:
    solved = answers(make("compression[vocabulary=4]"), np.array([[2, 0, 1, 3, 6, 4, 5]]))
    assert solved[0, 4:].tolist() == [1, 2, 0]


def test_tokens_and_questions_are_uniform() -> None:
    task, batch = drawn("compression[vocabulary=4,places=3]", 4, count=6000)
    assert_uniform(batch.inputs[:, :3] @ np.array([9, 3, 1]), 27)
    asked = batch.inputs[:, 4:] - 4
    assert_uniform(asked[:, 0] * 2 + (asked[:, 1] > asked[:, 2]), 6)
    assert task.chance == task.memoryless(4) == 1 / 3
    assert_uniform(batch.targets[:, 5], 3)
    assert best_without_memory(batch) == pytest.approx(1 / 3, abs=0.02)
    assert make("compression").chance == 1 / 15


def test_places_without_a_question_are_refused() -> None:
    task = make("compression[places=8]")
    task.check_length(9)
    with pytest.raises(RnnbenchError) as refusal:
        task.check_length(10)
    assert str(refusal.value) == "task 'compression' needs length - 1 ≤ places, got length=10, places=8."
    with pytest.raises(RnnbenchError, match="needs length ≥ 2, got 1"):
        task.check_length(1)
