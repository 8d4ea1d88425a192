"""Induction: one special token somewhere, again at the end."""

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from tests.tasks.recall_checks import answers, assert_uniform, best_without_memory, drawn, make

TEXTS = ["induction", "induction:h3", "induction:mamba", "induction[vocabulary=3]"]


@pytest.mark.parametrize("length", [3, 4, 30])
@pytest.mark.parametrize("text", TEXTS)
def test_every_sequence_is_as_published(text: str, length: int) -> None:
    task, batch = drawn(text, length)
    special = getattr(task, "vocabulary") - 1  # noqa: B009
    solved = answers(task, batch.inputs)
    assert (batch.scored == (np.arange(length) == length - 1)).all()
    for tokens, target, answer in zip(batch.inputs.tolist(), batch.targets[:, -1], solved, strict=True):
        assert tokens.count(special) == 2
        assert tokens[-1] == special
        assert tokens[tokens.index(special) + 1] == target == answer < special


def test_the_example_of_the_docstring() -> None:
    assert answers(make("induction[vocabulary=5]"), np.array([[2, 4, 3, 0, 2, 4]])).tolist() == [3]


def test_places_tokens_and_answers_are_uniform() -> None:
    task, batch = drawn("induction[vocabulary=6]", 9, count=7000)
    assert_uniform((batch.inputs == 5).argmax(axis=1), 7)
    assert_uniform(batch.targets[:, -1], 5)
    assert_uniform(batch.inputs[batch.inputs[:, 0] != 5, 0], 5)
    assert task.chance == task.memoryless(9) == 0.2
    assert best_without_memory(batch) == pytest.approx(0.2, abs=0.02)
    assert [make(text).chance for text in TEXTS] == [1 / 19, 1 / 19, 1 / 15, 1 / 2]


def test_two_steps_are_refused() -> None:
    with pytest.raises(RnnbenchError) as refusal:
        make("induction").check_length(2)
    assert str(refusal.value) == "task 'induction' needs length ≥ 3, got 2."
