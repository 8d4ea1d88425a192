"""Fuzzy recall: sequences parsed into runs of key and value tokens in plain Python."""

from itertools import groupby

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.task import Purpose
from rnnbench.train.sampling import sample
from tests.tasks.recall_checks import answers, assert_causal, assert_oracle_is_right, assert_uniform, drawn, make

TEXTS = [
    "fuzzy_recall",
    "fuzzy_recall:mad",
    "fuzzy_recall[vocabulary=6,key_tokens=2,value_tokens=1]",
    "fuzzy_recall[vocabulary=7,key_tokens=1,value_tokens=3]",
    "fuzzy_recall[vocabulary=30,key_tokens=4,value_tokens=4]",
]


@pytest.mark.parametrize("length", [15, 16, 80])
@pytest.mark.parametrize("text", TEXTS)
def test_the_oracle_is_right(text: str, length: int) -> None:
    assert_oracle_is_right(text, length)


@pytest.mark.parametrize("text", TEXTS)
def test_later_inputs_change_no_earlier_answer(text: str) -> None:
    assert_causal(text, 24)


@pytest.mark.parametrize("length", [15, 60])
@pytest.mark.parametrize("purpose", ["train", "test"])
@pytest.mark.parametrize("text", TEXTS)
def test_every_sequence_is_as_published(text: str, purpose: Purpose, length: int) -> None:
    task = make(text)
    vocabulary, longest_key, longest_value = (
        getattr(task, name) for name in ("vocabulary", "key_tokens", "value_tokens")
    )
    half, padding = (vocabulary - 1) // 2, vocabulary - 1
    for row in range(200):
        batch = sample(task, np.random.default_rng(row), 1, length, purpose)
        tokens = [int(token) for token in batch.inputs[0]] + [int(batch.targets[0, -1]) + half]
        start = next(step for step, token in enumerate(tokens) if token != padding)
        runs = [list(run) for _, run in groupby(tokens[start:], key=lambda token: token < half)]
        assert padding not in tokens[start:]
        assert all(len(set(run)) == len(run) for run in runs)
        memory: dict[tuple[int, ...], tuple[int, ...]] = {}
        expected, step = {}, start
        for key, value in zip(map(tuple, runs[::2]), map(tuple, runs[1::2]), strict=True):
            assert (longest_key if purpose == "test" else 1) <= len(key) <= longest_key
            assert 1 <= len(value) <= longest_value
            step += len(key)
            last = step + len(value) == len(tokens)
            assert not last or key in memory
            if key in memory:
                expected.update({step - 1 + place: token - half for place, token in enumerate(value)})
            assert memory.setdefault(key, value) == value
            step += len(value)
        assert {int(at): int(batch.targets[0, at]) for at in np.flatnonzero(batch.scored[0])} == expected


def test_the_example_of_the_docstring() -> None:
    solved = answers(make("fuzzy_recall[vocabulary=9]"), np.array([[8, 8, 0, 2, 5, 4, 1, 7, 0, 2, 5]]))
    assert solved[0, 9:].tolist() == [5 - 4, 4 - 4]


def test_a_key_is_not_its_beginning() -> None:
    """Keys 0, 01, 10 and 012 are four keys."""
    inputs = np.array([[0, 7, 0, 1, 8, 1, 0, 9, 0, 1, 2, 10, 0, 7, 1, 0, 9, 0, 1, 8, 0, 1, 2]])
    solved = answers(make("fuzzy_recall"), inputs)
    asked = [12, 15, 18, 22]
    assert solved[0, asked].tolist() == [0, 2, 1, 3]


def test_the_first_pair_is_drawn_uniformly() -> None:
    """Lengths uniform, then tokens: read where the first key is as long as it may be and the rest is padding."""
    _, batch = drawn("fuzzy_recall[vocabulary=7,key_tokens=2,value_tokens=1]", 40, count=9000)
    rows = np.arange(len(batch))
    start = (batch.inputs != 6).argmax(axis=1)
    first, second = batch.inputs[rows, start], batch.inputs[rows, start + 1]
    two = second < 3
    assert_uniform(two.astype(int), 2)
    assert_uniform(first[~two] * 3 + second[~two] - 3, 9)
    ordered = first[two] * 3 + second[two]
    assert_uniform(np.searchsorted([1, 2, 3, 5, 6, 7], ordered), 6)
    assert set(ordered.tolist()) == {1, 2, 3, 5, 6, 7}


def test_as_many_pairs_as_leave_room_for_the_longest() -> None:
    """Of 41 tokens 3 are kept for the last pair, which may be one shorter; a pair of 3 may fail to fit by 1 or 2."""
    _, batch = drawn("fuzzy_recall[vocabulary=7,key_tokens=2,value_tokens=1]", 40, count=2000)
    padding = (batch.inputs != 6).argmax(axis=1)
    assert set(padding.tolist()) == {0, 1, 2, 3}


def test_the_classes_are_equally_frequent() -> None:
    task, batch = drawn("fuzzy_recall[vocabulary=9,key_tokens=2,value_tokens=2]", 24, count=8000)
    assert task.chance == 1 / 4
    assert make("fuzzy_recall").chance == 1 / 8
    first = batch.scored & (batch.inputs < 4)  # at most one a pair, so nearly independent
    one = first & (first.cumsum(axis=1) == 1)
    assert_uniform(batch.targets[one], 4)


@pytest.mark.parametrize(
    ("text", "length", "message"),
    [
        (
            "fuzzy_recall",
            10,
            "length ≥ 2 * (key_tokens + value_tokens) - 1 = 11, got length=10, key_tokens=3, value_tokens=3.",
        ),
        (
            "fuzzy_recall[vocabulary=6]",
            40,
            "key_tokens ≤ 2 and value_tokens ≤ 3 (half of vocabulary - 1), "
            "got key_tokens=3, value_tokens=3, vocabulary=6.",
        ),
    ],
)
def test_what_cannot_be_posed_is_refused(text: str, length: int, message: str) -> None:
    with pytest.raises(RnnbenchError) as refusal:
        make(text).check_length(length)
    assert str(refusal.value) == f"task 'fuzzy_recall' needs {message}"
