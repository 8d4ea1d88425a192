"""Majority, against counting."""

import itertools

import numpy as np
import pytest

from tests.tasks.formal import assert_examples_hold, best_by_time, draw, equally_often, make, read_tapes


@pytest.mark.parametrize("lengths", ["fixed", "half", "uniform"])
@pytest.mark.parametrize("length", [1, 2, 9, 10])
def test_a_tape_ends_with_its_majority(length: int, lengths: str) -> None:
    task = make(f"majority[lengths={lengths}]")
    batch = task.sample(np.random.default_rng(length), 100, length)
    assert batch.inputs.shape == (100, task.steps(length))
    for word, answer in read_tapes(batch, 2):
        assert len(word) % 2 == 1
        assert answer == (int(sum(word) / len(word) > 0.5),)
    if lengths == "fixed":
        assert (batch.lengths == (length if length % 2 else length - 1) + 1).all()


@pytest.mark.parametrize("lengths", ["fixed", "uniform"])
def test_cumulative_majority_gives_ties_to_ones(lengths: str) -> None:
    batch = make(f"majority[like=cumulative,lengths={lengths}]").sample(np.random.default_rng(0), 200, 8)
    ties = 0
    for tape, targets, scored, steps in zip(batch.inputs, batch.targets, batch.scored, batch.lengths, strict=True):
        assert scored.tolist() == [place < steps for place in range(8)]
        for place in range(steps):
            so_far = tape[: place + 1].tolist()
            assert targets[place] == (so_far.count(1) >= so_far.count(0))
            ties += so_far.count(1) == so_far.count(0)
    assert ties > 50


def test_all_words_are_equally_frequent() -> None:
    for text in ("majority", "majority[like=cumulative]"):
        words = [tuple(tape[:3].tolist()) for tape in draw(text, 4000, 3).inputs]
        assert equally_often(words, list(itertools.product((0, 1), repeat=3)))


@pytest.mark.parametrize("lengths", ["fixed", "half", "uniform"])
@pytest.mark.parametrize("form", ["tape", "cumulative"])
def test_what_is_known_without_memory_by_trying_all_words(form: str, lengths: str) -> None:
    task = make(f"majority[form={form},lengths={lengths}]")
    for length in (1, 2, 7, task.small.length):
        least = {"fixed": length, "half": (length + 1) // 2, "uniform": 1}[lengths]
        rows, classes = [], np.zeros(2)
        for drawn in range(least, length + 1):
            steps = drawn if form == "cumulative" or drawn % 2 else drawn - 1
            for word in itertools.product((0, 1), repeat=steps):
                leads = [2 * sum(word[: t + 1]) >= t + 1 for t in range(steps)]
                pairs: list[tuple[object, int]] = [((t, word[t]), leads[t]) for t in range(steps)]
                pairs = pairs if form == "cumulative" else [(steps, leads[-1])]
                rows.append((0.5**steps, pairs))
                classes += 0.5**steps * np.bincount([answer for _, answer in pairs], minlength=2)
        assert task.memoryless(length) == pytest.approx(best_by_time(rows), abs=1e-12)
        if length == task.small.length:
            assert task.class_balance == pytest.approx(tuple(classes / classes.sum()), abs=1e-12)


def test_no_answer_hangs_on_what_comes_later() -> None:
    task = make("majority[like=cumulative]")
    inputs = task.sample(np.random.default_rng(1), 50, 8).inputs
    before = task.solve(inputs)
    inputs[:, 5:] = 1 - inputs[:, 5:]
    after = task.solve(inputs)
    assert before is not None
    assert after is not None
    assert (before[:, :5] == after[:, :5]).all()
    assert (before != after).any()


def test_docstring_examples() -> None:
    assert_examples_hold(lambda wanted: make("majority" if wanted[0] is None else "majority:cumulative"), "majority", 2)
