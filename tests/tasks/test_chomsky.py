"""The tapes of Delétang et al. 2023, against their definitions in plain Python."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.task import Classes, Purpose, Tokens
from tests.tasks.formal import Word, assert_examples_hold, best_by_time, draw, equally_often, make, read_tapes


def even_pairs(word: Word) -> list[int]:
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    return [(pairs.count((0, 1)) + pairs.count((1, 0))) % 2]


def cycle(states: int) -> Callable[[Word], list[int]]:
    def walk(word: Word) -> list[int]:
        place = 0
        for move in word:
            place = (place + (-1, 0, 1)[move]) % states
        return [place]

    return walk


def missing(word: Word) -> list[int]:
    half = len(word) // 2
    first, second = word[:half], word[half : 2 * half]
    assert (word[2 * half :] == ()) if len(word) % 2 == 0 else (word[2 * half :] == (3,))
    differing = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    assert len(differing) == 1
    assert max(differing[0]) == 2
    return [min(differing[0])]


DEFINITIONS: dict[str, tuple[int, int, Callable[[Word], list[int]]]] = {
    "even_pairs": (2, 2, even_pairs),
    "cycle_navigation": (3, 5, cycle(5)),
    "cycle_navigation[states=3]": (3, 3, cycle(3)),
    "reverse": (2, 2, lambda word: list(reversed(word))),
    "reverse[symbols=4]": (4, 4, lambda word: list(reversed(word))),
    "duplicate": (2, 2, lambda word: [*word, *word]),
    "odds_first": (2, 2, lambda word: [word[i] for i in [*range(1, len(word), 2), *range(0, len(word), 2)]]),
    "odds_first[symbols=3]": (3, 3, lambda word: [word[i] for i in [*range(1, len(word), 2), *range(0, len(word), 2)]]),
    "bucket_sort": (5, 5, sorted),
    "bucket_sort[symbols=2]": (2, 2, sorted),
    "missing_duplicate": (4, 2, missing),
}
"""Symbols of the input, classes, and the answer to a word."""
UNIFORM_WORDS = [text for text in DEFINITIONS if text != "missing_duplicate"]
NAMES = sorted({text.partition("[")[0] for text in DEFINITIONS})


def with_lengths(text: str, lengths: str) -> str:
    return text[:-1] + f",lengths={lengths}]" if text.endswith("]") else f"{text}[lengths={lengths}]"


@pytest.mark.parametrize("lengths", ["fixed", "half", "uniform"])
@pytest.mark.parametrize("text", DEFINITIONS)
def test_answers_follow_the_definition(text: str, lengths: str) -> None:
    symbols, classes, answer = DEFINITIONS[text]
    task = make(with_lengths(text, lengths))
    assert task.inputs == Tokens(symbols + 1)
    assert task.answer == Classes(classes)
    for length in (task.minimum_length, task.minimum_length + 1, 7, 12):
        batch = task.sample(np.random.default_rng(length), 80, length)
        assert batch.inputs.shape == (80, task.steps(length))
        for word, answered in read_tapes(batch, symbols):
            assert list(answered) == answer(word)
        solved = task.solve(batch.inputs)
        assert solved is not None
        assert (solved == batch.targets)[batch.scored].all()


@pytest.mark.parametrize("text", UNIFORM_WORDS)
def test_all_words_are_equally_frequent(text: str) -> None:
    symbols = DEFINITIONS[text][0]
    words = [word for word, _ in read_tapes(draw(text, 6000, 3), symbols)]
    assert equally_often(words, list(itertools.product(range(symbols), repeat=3)))


@pytest.mark.parametrize("length", [4, 5])
def test_any_symbol_may_be_the_one_that_is_missing(length: int) -> None:
    possible = []
    for bits in itertools.product((0, 1), repeat=2):
        for place in range(4):
            word = [*bits, *bits, *([3] if length == 5 else [])]
            word[place] = 2
            possible.append(tuple(word))
    assert len(set(possible)) == 16
    words = [word for word, _ in read_tapes(draw("missing_duplicate", 8000, length), 4)]
    assert equally_often(words, possible)


@pytest.mark.parametrize("lengths", ["fixed", "half", "uniform"])
@pytest.mark.parametrize("text", UNIFORM_WORDS)
def test_what_is_known_without_memory_by_trying_all_words(text: str, lengths: str) -> None:
    symbols, classes, answer = DEFINITIONS[text]
    task = make(with_lengths(text, lengths))
    for longest in (1, 2, 4):
        rows, balance = [], np.zeros(classes)
        for length in {"fixed": [longest], "half": range((longest + 1) // 2, longest + 1)}.get(
            lengths, range(1, longest + 1)
        ):
            for word in itertools.product(range(symbols), repeat=length):
                weight = symbols**-length
                rows.append((weight, [(length + place, one) for place, one in enumerate(answer(word))]))
                balance += weight * np.bincount(answer(word), minlength=classes)
        assert task.memoryless(longest) == pytest.approx(best_by_time(rows), abs=1e-12)
        if longest == task.small.length:
            assert task.class_balance == pytest.approx(tuple(balance / balance.sum()), abs=1e-12)


def test_the_missing_symbol_cannot_be_guessed() -> None:
    task = make("missing_duplicate")
    assert (task.memoryless(10), task.class_balance) == (0.5, (0.5, 0.5))


@pytest.mark.parametrize("name", NAMES)
def test_docstring_examples(name: str) -> None:
    symbols = {"bucket_sort": "[symbols=5]"}.get(name, "")
    assert_examples_hold(lambda _: make(name + symbols), name, 2)


@pytest.mark.parametrize("name", NAMES)
def test_published_protocol(name: str) -> None:
    """Lengths 1..40 in training and validation, each equally often; then longer ones."""
    task = make(f"{name}[like=chomsky]")
    outputs = {"reverse": 100, "odds_first": 100, "bucket_sort": 100, "duplicate": 200}.get(name, 1)
    assert task.steps(40) == 100 + outputs
    blank = DEFINITIONS[name][0]
    purposes: list[Purpose] = ["train", "validation"]
    for purpose in purposes:
        batch = task.draw(np.random.default_rng(1), 4000, 40, purpose)
        drawn = (batch.inputs == blank).argmax(axis=1).tolist()
        assert equally_often(drawn, range(task.minimum_length, 41))
        assert batch.inputs.shape[1] == 40 + (outputs * 40 // 100 or 1)
    tested = task.draw(np.random.default_rng(1), 50, 40, "test")
    assert ((tested.inputs == blank).argmax(axis=1) == 100).all()
    assert (tested.lengths == 100 + outputs).all()
    answers = task.solve(tested.inputs)
    assert answers is not None
    assert (answers == tested.targets)[tested.scored].all()


def test_half_draws_from_half_upwards() -> None:
    for length, least in ((7, 4), (8, 4)):
        drawn = (draw("reverse[lengths=half]", 2000, length).inputs == 2).argmax(axis=1).tolist()
        assert equally_often(drawn, range(least, length + 1))


def test_without_a_length_of_its_own_the_test_is_like_training() -> None:
    task = make("reverse[lengths=uniform]")
    test = task.draw(np.random.default_rng(5), 300, 9, "test")
    train = task.sample(np.random.default_rng(5), 300, 9)
    assert (test.inputs == train.inputs).all()
    assert task.steps(9) == 18


@pytest.mark.parametrize("name", NAMES)
def test_a_tape_without_a_word_is_answered_somehow(name: str) -> None:
    task = make(name)
    for token in (0, DEFINITIONS[name][0]):
        answers = task.solve(np.full((2, 6), token))
        assert answers is not None
        assert answers.shape == (2, 6)


def test_refusals() -> None:
    with pytest.raises(RnnbenchError) as refusal:
        make("missing_duplicate").check_length(1)
    assert str(refusal.value) == "task 'missing_duplicate' needs length ≥ 2, got 1."
    with pytest.raises(RnnbenchError) as refusal:
        make("missing_duplicate[test_length=1]").check_length(5)
    assert str(refusal.value) == "task 'missing_duplicate' needs test_length ≥ 2, got test_length=1."
    with pytest.raises(RnnbenchError, match="test_length=0"):
        make("reverse[test_length=0]")
