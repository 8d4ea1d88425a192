"""Bracket matching, against a stack in plain Python and the odds of every short word."""

import functools
import itertools
from collections import Counter, defaultdict

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.task import Tokens
from tests.tasks.formal import Word, as_often, assert_examples_hold, draw, equally_often, make, read_tapes

FORMS = ["bracket_matching", "bracket_matching[kinds=1]", "bracket_matching[kinds=3,max_depth=2]"]


def sound(word: Word, kinds: int) -> bool:
    stack: list[int] = []
    for token in word:
        if token < kinds:
            stack.append(token)
        elif not stack or stack.pop() != token - kinds:
            return False
    return not stack


def depth(word: Word, kinds: int) -> int:
    return max(itertools.accumulate(1 if token < kinds else -1 for token in word))


@functools.cache
def walks(length: int, deepest: int) -> dict[str, float]:
    """Balanced words of one kind of bracket, and how often each is drawn."""
    odds: dict[str, float] = defaultdict(float)

    def walk(word: str, level: int, p: float) -> None:
        left = length - len(word)
        if left == 0:
            odds[word] += p
        elif level == 0:
            walk(word + "(", 1, p)
        elif left <= level or level >= deepest:
            walk(word + ")", level - 1, p)
        else:
            walk(word + "(", level + 1, p / 2)
            walk(word + ")", level - 1, p / 2)

    walk("", 0, 1.0)
    return dict(odds)


@pytest.mark.parametrize("lengths", ["fixed", "half", "uniform"])
@pytest.mark.parametrize("text", [*FORMS, "bracket_matching[like=cogscale]"])
def test_answers_are_what_a_stack_says(text: str, lengths: str) -> None:
    kinds = {"bracket_matching": 2, FORMS[2]: 3}.get(text, 1)
    task = make(text[:-1] + f",lengths={lengths}]" if text.endswith("]") else f"{text}[lengths={lengths}]")
    assert task.inputs == Tokens(2 * kinds + 1)
    for length in (2, 3, 8, 31):
        batch = task.sample(np.random.default_rng(length), 100, length)
        assert batch.inputs.shape == (100, task.steps(length))
        for word, answer in read_tapes(batch, 2 * kinds):
            assert len(word) % 2 == 0
            assert answer == (sound(word, kinds),)
        if lengths == "fixed":
            assert (batch.lengths == length // 2 * 2 + 1).all()
        solved = task.solve(batch.inputs)
        assert solved is not None
        assert (solved == batch.targets)[batch.scored].all()


@pytest.mark.parametrize("length", [2, 6, 20])
@pytest.mark.parametrize("text", FORMS)
def test_exactly_half_is_balanced(text: str, length: int) -> None:
    task, batch = make(text), draw(text, 6000, length)
    assert equally_often(batch.targets[batch.scored].tolist(), [0, 1])
    assert (task.chance, task.memoryless(length), task.class_balance) == (0.5, 0.5, (0.5, 0.5))


@pytest.mark.parametrize(("deepest", "like"), [(6, "none"), (2, "2")])
def test_balanced_words_are_drawn_as_the_docstring_says(deepest: int, like: str) -> None:
    batch = draw(f"bracket_matching[max_depth={like}]", 8000, 6)
    words = [word for word, answer in read_tapes(batch, 4) if answer == (1,)]
    drawn = ["".join("(" if token < 2 else ")" for token in word) for word in words]
    odds = walks(6, deepest)
    assert len(odds) == (5 if deepest == 6 else 4)
    assert as_often(drawn, odds)
    assert equally_often(
        [tuple(token for token in word if token < 2) for word in words], [*itertools.product((0, 1), repeat=3)]
    )


def test_no_bracket_lies_deeper_than_allowed() -> None:
    words = [word for word, answer in read_tapes(draw("bracket_matching[max_depth=3]", 500, 40), 4) if answer == (1,)]
    assert max(depth(word, 2) for word in words) == 3


def test_counting_does_not_tell_an_exchange() -> None:
    """A wrong word is a balanced one with two symbols in each other's place."""
    batch = draw("bracket_matching", 400, 8)
    wrong = [word for word, answer in read_tapes(batch, 4) if answer == (0,)]
    assert len(wrong) > 100
    for word in wrong:
        counts = Counter(word)
        assert (counts[0], counts[1]) == (counts[2], counts[3])
        candidates = []
        for i, j in itertools.combinations(range(8), 2):
            changed = list(word)
            changed[i], changed[j] = word[j], word[i]
            candidates.append(sound(tuple(changed), 2))
        assert any(candidates)


def test_every_wrong_exchange_is_equally_frequent() -> None:
    """At length 4 with one kind: of ()() two exchanges are wrong, of (()) four; each word is drawn half the time."""
    odds: dict[Word, float] = defaultdict(float)
    for word in ((0, 1, 0, 1), (0, 0, 1, 1)):
        made = []
        for i, j in itertools.combinations(range(4), 2):
            changed = list(word)
            changed[i], changed[j] = word[j], word[i]
            made += [tuple(changed)] * (not sound(tuple(changed), 1))
        for one in made:
            odds[one] += 0.5 / len(made)
    batch = draw("bracket_matching[kinds=1]", 8000, 4)
    assert as_often([word for word, answer in read_tapes(batch, 2) if answer == (0,)], odds)


@pytest.mark.parametrize(("lengths", "longest"), [("fixed", 6), ("uniform", 9)])
def test_cogscale_words_exactly(lengths: str, longest: int) -> None:
    """At length 6 two places, a third rounded down, are drawn anew: the odds of every word."""
    odds: dict[Word, float] = defaultdict(float)
    for walk, p in walks(6, 5).items():
        word = tuple(int(one == ")") for one in walk)
        odds[word] += p / 2
        for places in itertools.combinations(range(6), 2):
            for new in itertools.product((0, 1), repeat=2):
                changed = list(word)
                for place, token in zip(places, new, strict=True):
                    changed[place] = token
                odds[tuple(changed)] += p / 2 / 15 / 4
    batch = draw(f"bracket_matching[like=cogscale,lengths={lengths}]", 12000, longest)
    read = [one for one in read_tapes(batch, 2) if len(one[0]) == 6]
    assert len(read) > 2000
    assert as_often([word for word, _ in read], odds)
    balanced = sum(p for word, p in odds.items() if sound(word, 1))
    assert as_often([answer for _, answer in read], {(1,): balanced, (0,): 1 - balanced})
    task = make("bracket_matching[like=cogscale]")
    assert task.chance == 0.5
    assert task.memoryless(6) == pytest.approx(balanced, abs=1e-12)
    assert task.class_balance == pytest.approx((1 - balanced, balanced), abs=1e-12)


@pytest.mark.parametrize(("length", "share"), [(10, 0.61), (20, 0.55), (50, 0.52)])
def test_the_docstring_tells_the_balance_of_cogscale(length: int, share: float) -> None:
    task = make("bracket_matching[like=cogscale]")
    exact = task.memoryless(length)
    assert exact is not None
    assert exact == pytest.approx(share, abs=0.005)
    assert f"{share}" in (type(task).__doc__ or "")
    batch = draw("bracket_matching[like=cogscale]", 10000, length)
    assert as_often(batch.targets[batch.scored].tolist(), {1: exact, 0: 1 - exact})


def test_what_is_not_known_is_not_told() -> None:
    task = make("bracket_matching[change=resample,kinds=2]")
    assert (task.chance, task.memoryless(6), task.class_balance) == (0.5, None, None)


def test_too_short_is_refused() -> None:
    with pytest.raises(RnnbenchError) as refusal:
        make("bracket_matching").check_length(1)
    assert str(refusal.value) == "task 'bracket_matching' needs length ≥ 2, got 1."


def test_docstring_examples() -> None:
    assert_examples_hold(lambda _: make("bracket_matching"), "bracket_matching", 2)
