"""Associative recall: the published definition, read back from sequences in plain Python."""

import numpy as np
import pytest
from scipy.stats import chisquare

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
    "associative_recall",
    "associative_recall:zoology",
    "associative_recall:forgetting",
    "associative_recall[vocabulary=10,pairs=4,embedding=none]",
    "associative_recall[vocabulary=10,pairs=3,updates=3,passes=2,filler=zero,power=1]",
]


@pytest.mark.parametrize("length", [24, 64])
@pytest.mark.parametrize("text", TEXTS)
def test_the_oracle_is_right(text: str, length: int) -> None:
    assert_oracle_is_right(text, length)


@pytest.mark.parametrize("text", TEXTS)
def test_later_inputs_change_no_earlier_answer(text: str) -> None:
    assert_causal(text, 24)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("length", [24, 50])
def test_every_sequence_is_as_published(text: str, length: int) -> None:
    task, batch = drawn(text, length)
    fields = {name: getattr(task, name) for name in ("vocabulary", "pairs", "updates", "passes", "filler")}
    half, pairs, told = fields["vocabulary"] // 2, fields["pairs"], 2 * fields["pairs"] * fields["passes"]
    context = told + 2 * fields["updates"]
    for row in range(len(batch)):
        tokens = batch.inputs[row].tolist()
        assert tokens[:told] == tokens[: 2 * pairs] * fields["passes"]
        keys, values = tokens[: 2 * pairs : 2], tokens[1 : 2 * pairs : 2]
        assert len(set(keys)) == len(set(values)) == pairs
        assert all(1 <= key < half for key in keys)
        assert all(half <= value < 2 * half for value in [*values, *tokens[told + 1 : context : 2]])
        again = tokens[told:context:2]
        assert len(set(again)) == fields["updates"]
        assert set(again) <= set(keys)
        memory = dict(zip(keys, values, strict=True)) | dict(zip(again, tokens[told + 1 : context : 2], strict=True))
        asked = np.flatnonzero(batch.scored[row]).tolist()
        assert sorted(tokens[step] for step in asked) == sorted(keys)
        assert all(step >= context and (step - context) % 2 == 0 for step in asked)
        assert [batch.targets[row, step] + half for step in asked] == [memory[tokens[step]] for step in asked]
        if fields["filler"] == "zero":
            assert all(tokens[step] == 0 for step in range(context, length) if step not in asked)


def test_the_example_of_the_docstring() -> None:
    task = make("associative_recall[vocabulary=8,pairs=2,updates=1,filler=zero]")
    solved = answers(task, np.array([[1, 5, 3, 4, 1, 6, 1, 0, 0, 0, 3, 0]]))
    assert (solved[0, 6], solved[0, 10]) == (6 - 4, 4 - 4)


def test_early_slots_are_asked_more_often_by_the_power_law() -> None:
    """The first key's slot is one weighted draw: slot i with probability i^(a-1) / sum."""
    _, batch = drawn("associative_recall[vocabulary=20,pairs=3,power=0.4,filler=zero]", 36, count=20000)
    slots = 1 + np.arange((36 - 6) // 2)
    places = (batch.inputs[:, 6::2] == batch.inputs[:, :1]).argmax(axis=1)
    weights = slots ** (0.4 - 1.0)
    expected = weights / weights.sum() * len(batch)
    assert chisquare(np.bincount(places, minlength=15), expected).pvalue > 1e-4


def test_keys_values_fillers_and_updates_are_uniform() -> None:
    _, batch = drawn("associative_recall[vocabulary=10,pairs=3,updates=2,embedding=none]", 40, count=4000)
    for place in range(3):
        assert_uniform(batch.inputs[:, 2 * place] - 1, 4)
        assert_uniform(batch.inputs[:, 2 * place + 1] - 5, 5)
    assert_uniform(batch.inputs[:, 11::2].ravel(), 10)  # odd steps of slots: never asked
    assert_uniform((batch.inputs[:, :6:2] == batch.inputs[:, 6:7]).argmax(axis=1), 3)
    # a new value is never that of the pair with its number
    for update in range(2):
        assert (batch.inputs[:, 7 + 2 * update] != batch.inputs[:, 1 + 2 * update]).all()
    assert_uniform((batch.inputs[:, 7] - batch.inputs[:, 1]) % 5 - 1, 4)


@pytest.mark.parametrize("updates", [0, 1])
def test_guessing_and_no_memory(updates: int) -> None:
    task, batch = drawn(f"associative_recall[vocabulary=8,pairs=2,updates={updates}]", 12, count=20000)
    assert task.chance == 1 / 4
    assert_uniform(batch.targets[batch.scored], 4)
    assert best_without_memory(batch) == pytest.approx(0.25, abs=0.01)
    assert task.memoryless(12) == 0.25
    assert make("associative_recall").chance == 1 / 4096


@pytest.mark.parametrize(
    ("text", "length", "message"),
    [
        (
            "associative_recall",
            14,
            "task 'associative_recall' needs an even length ≥ 2 * (pairs * passes + updates) + 2 * pairs = 16, "
            "got length=14, pairs=4, passes=1, updates=0.",
        ),
        (
            "associative_recall:forgetting",
            21,
            "task 'associative_recall' needs an even length ≥ 2 * (pairs * passes + updates) + 2 * pairs = 20, "
            "got length=21, pairs=4, passes=1, updates=2.",
        ),
        (
            "associative_recall[vocabulary=8]",
            64,
            "task 'associative_recall' needs updates ≤ pairs ≤ vocabulary / 2 - 1, "
            "got length=64, pairs=4, passes=1, updates=0, vocabulary=8.",
        ),
    ],
)
def test_what_cannot_be_posed_is_refused(text: str, length: int, message: str) -> None:
    with pytest.raises(RnnbenchError) as refusal:
        make(text).check_length(length)
    assert str(refusal.value) == message


def test_more_updates_than_pairs_are_refused() -> None:
    with pytest.raises(RnnbenchError, match="updates ≤ pairs"):
        make("associative_recall[updates=5]").check_length(64)
