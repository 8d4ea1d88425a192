"""In-context recall, plain and noisy: sequences read back in plain Python."""

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

TEXTS = [
    "in_context_recall",
    "in_context_recall:mad",
    "in_context_recall:noisy",
    "in_context_recall[vocabulary=9,noise_vocabulary=2,noise_share=0.9]",
]


@pytest.mark.parametrize("length", [4, 6, 60])
@pytest.mark.parametrize("text", TEXTS)
def test_the_oracle_is_right(text: str, length: int) -> None:
    assert_oracle_is_right(text, length)


@pytest.mark.parametrize("text", TEXTS)
def test_later_inputs_change_no_earlier_answer(text: str) -> None:
    assert_causal(text, 24)


@pytest.mark.parametrize("length", [4, 30])
@pytest.mark.parametrize("text", TEXTS)
def test_every_sequence_is_as_published(text: str, length: int) -> None:
    task, batch = drawn(text, length)
    noise = getattr(task, "vocabulary") - getattr(task, "noise_vocabulary")  # noqa: B009
    half = noise // 2
    for tokens, targets, scored in zip(batch.inputs, batch.targets, batch.scored, strict=True):
        memory: dict[int, int] = {}
        expected: dict[int, int] = {}
        assert len(tokens) == length - 1
        for step in range(0, length - 2, 2):
            key, value = int(tokens[step]), int(tokens[step + 1])
            if key >= noise:
                assert value >= noise
                continue
            assert key < half <= value < noise
            if key in memory:
                expected[step] = memory[key]
            assert memory.setdefault(key, value) == value
        expected[length - 2] = memory[int(tokens[-1])]
        asked = np.flatnonzero(scored).tolist()
        assert {step: int(targets[step]) + half for step in asked} == expected


def test_the_example_of_the_docstring() -> None:
    task = make("in_context_recall[vocabulary=6,noise_vocabulary=2]")
    solved = answers(task, np.array([[0, 3, 1, 3, 4, 5, 0, 3, 1]]))
    assert (solved[0, 6], solved[0, 8]) == (1, 1)


def test_keys_values_and_noise_are_uniform() -> None:
    _, batch = drawn("in_context_recall[vocabulary=12,noise_vocabulary=4,noise_share=0.3]", 12, count=6000)
    first, second = batch.inputs[:, 0], batch.inputs[:, 1]
    real = first < 8
    assert_uniform(first[real], 4)
    assert_uniform(second[real] - 4, 4)
    assert_uniform((first[~real] - 8) * 4 + second[~real] - 8, 16)
    # one of the five pairs before the last is spared at random: noise with probability 0.3 * 4/5 each
    share = (batch.inputs[:, :10:2] >= 8).mean()
    assert share == pytest.approx(0.3 * 4 / 5, abs=4.5 * (0.24 * 0.76 / 30000) ** 0.5)
    assert (batch.inputs[:, :10:2] < 8).any(axis=1).all()


def test_the_last_key_is_uniform_among_those_shown() -> None:
    """Of two different keys, one shown twice and one once, each is asked half of the time."""
    _, batch = drawn("in_context_recall[vocabulary=4]", 8, count=8000)
    keys = batch.inputs[:, :6:2]
    uneven = keys.min(axis=1) != keys.max(axis=1)
    often = (keys.sum(axis=1) == 2)[uneven].astype(int)
    assert_uniform((batch.inputs[uneven, -1] == often).astype(int), 2)


def test_guessing_and_no_memory() -> None:
    task, batch = drawn("in_context_recall[vocabulary=4]", 12, count=10000)
    assert task.chance == task.memoryless(12) == 0.5
    assert_uniform(batch.targets[batch.scored], 2)
    assert best_without_memory(batch) == pytest.approx(0.5, abs=0.01)
    assert make("in_context_recall").chance == make("in_context_recall:noisy").chance == 1 / 8


@pytest.mark.parametrize("length", [-2, 2, 3, 5])
def test_lengths_that_are_short_or_odd_are_refused(length: int) -> None:
    with pytest.raises(RnnbenchError) as refusal:
        make("in_context_recall").check_length(length)
    assert str(refusal.value) == f"task 'in_context_recall' needs an even length ≥ 4, got {length}."


@pytest.mark.parametrize(("vocabulary", "noise", "share"), [(16, 15, 0.2), (16, 0, 0.2)])
def test_vocabularies_without_keys_or_noise_are_refused(vocabulary: int, noise: int, share: float) -> None:
    text = f"in_context_recall[vocabulary={vocabulary},noise_vocabulary={noise},noise_share={share}]"
    with pytest.raises(RnnbenchError) as refusal:
        make(text).check_length(8)
    assert str(refusal.value) == (
        "task 'in_context_recall' needs noise_vocabulary ≤ vocabulary - 2, and ≥ 1 if noise_share > 0, got "
        f"vocabulary={vocabulary}, noise_vocabulary={noise}, noise_share={share:g}."
    )
