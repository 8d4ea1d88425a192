"""Temporal order against both published definitions, written out slowly."""

from collections import Counter

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.registry import TASKS
from rnnbench.task import Task, Tokens
from rnnbench.train.sampling import complaint_about

NAMES = "abcdXYEB"
PRESETS = ("6a", "6b", "pascanu", "3bit")


def make(preset: str) -> Task:
    task: Task = TASKS["temporal_order"](**resolve(TASKS, f"temporal_order:{preset}").parameters)
    return task


def published_places(preset: str, length: int) -> list[set[int]]:
    """Where X or Y may stand. H&S give ranges at length 100; Pascanu draws from int(.1 L) steps from a tenth on."""
    if preset in ("6a", "6b"):
        ranges = {"6a": [(10, 20), (50, 60)], "6b": [(10, 20), (33, 43), (66, 76)]}[preset]
        return [set(range(low * length // 100, high * length // 100 + 1)) for low, high in ranges]
    starts = {"pascanu": (1, 5), "3bit": (1, 3, 6)}[preset]
    return [{length * start // 10 + step for step in range(length // 10)} for start in starts]


@pytest.mark.parametrize("length", [10, 13, 50, 100])
@pytest.mark.parametrize("preset", PRESETS)
def test_every_sequence_is_as_published(preset: str, length: int) -> None:
    task = make(preset)
    batch = task.sample(np.random.default_rng(length), 2000, length)
    assert complaint_about(task, batch, 2000) is None
    places = published_places(preset, length)
    marked = preset in ("6a", "6b")
    seen: list[set[int]] = [set() for _ in places]
    for tokens, steps, targets, scored in zip(batch.inputs, batch.lengths, batch.targets, batch.scored, strict=True):
        word = "".join(NAMES[token] for token in tokens[:steps])
        found = [step for step, letter in enumerate(word) if letter in "XY"]
        assert len(found) == len(places)
        for place, allowed, all_seen in zip(found, places, seen, strict=True):
            assert place in allowed
            all_seen.add(place)
        inside = word[1:-1] if marked else word
        assert set(inside) <= set("abcdXY")
        assert (word[0] + word[-1] == "EB") == marked
        assert length <= steps <= (length * 11 // 10 if marked else length)
        assert (tokens[steps:] == 0).all()
        assert np.flatnonzero(scored).tolist() == [steps - 1]
        order = "".join(word[step] for step in found)
        assert targets[steps - 1] == int(order.replace("X", "0").replace("Y", "1"), 2)
    assert seen == places  # each place is used
    assert set(batch.lengths) == set(range(length, (length * 11 // 10 if marked else length) + 1))
    answers = task.solve(batch.inputs)
    assert answers is not None
    assert (answers == batch.targets[batch.scored]).all()


@pytest.mark.parametrize("preset", PRESETS)
def test_symbols_and_orders_are_equally_frequent(preset: str) -> None:
    task = make(preset)
    batch = task.sample(np.random.default_rng(0), 16_000, 20)
    orders = np.bincount(batch.targets[batch.scored])
    assert len(orders) == round(1 / task.chance)
    expected = 16_000 * task.chance
    assert np.abs(orders - expected).max() < 4.5 * np.sqrt(expected)
    distractors = np.bincount(batch.inputs[:, 7])[:4]  # X and Y, if any, are left out
    share = distractors / distractors.sum()
    assert np.abs(share - 0.25).max() < 4.5 * np.sqrt(0.25 * 0.75 / distractors.sum())


def test_the_examples_of_the_docstring() -> None:
    for preset, word in (("6a", "EXacbYdabB"), ("pascanu", "aXdcbYdabc")):
        tokens = np.array([[NAMES.index(letter) for letter in word]])
        assert make(preset).solve(tokens).tolist() == [1]  # type: ignore[union-attr]
        assert " ".join(word) in (type(make(preset)).__doc__ or "")


@pytest.mark.parametrize(("preset", "vocabulary", "classes"), [("6a", 8, 4), ("6b", 8, 8), ("pascanu", 6, 4)])
def test_sizes(preset: str, vocabulary: int, classes: int) -> None:
    task = make(preset)
    assert task.inputs == Tokens(vocabulary)
    assert task.chance == task.memoryless(100) == 1 / classes
    assert task.steps(100) == (110 if vocabulary == 8 else 100)


def test_what_comes_after_the_last_relevant_symbol_changes_nothing() -> None:
    task, rng = make("6b"), np.random.default_rng(1)
    batch = task.sample(rng, 200, 50)
    before = task.solve(batch.inputs)
    changed = batch.inputs.copy()
    changed[:, 39:] = rng.integers(0, 4, size=changed[:, 39:].shape)  # 0.76 * 50 = 38 is the last place
    assert (task.solve(changed) == before).all()  # type: ignore[union-attr]


def test_the_last_symbol_and_the_length_do_not_tell() -> None:
    batch = make("6a").sample(np.random.default_rng(2), 20_000, 20)
    told = Counter(zip(batch.lengths.tolist(), batch.targets[batch.scored].tolist(), strict=True))
    for steps in (20, 21, 22):
        shares = np.array([told[steps, order] for order in range(4)]) / sum(told[steps, order] for order in range(4))
        assert np.abs(shares - 0.25).max() < 0.03


def test_too_short_is_refused() -> None:
    for preset in PRESETS:
        make(preset).check_length(10)
        with pytest.raises(RnnbenchError, match=r"task 'temporal_order' needs length ≥ 10, got 9."):
            make(preset).check_length(9)
