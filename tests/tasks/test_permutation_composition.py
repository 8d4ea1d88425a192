"""Word problems of groups, against permutations as tuples and the axioms of groups."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from rnnbench.task import Array, Classes, Tokens
from tests.tasks.formal import assert_examples_hold, best_by_time, draw, equally_often, make

ORDERS = {"s3": 6, "s5": 120, "a5": 60, "z60": 60, "a4z5": 60}


def table(group: str) -> Array:
    """The number of the product of two elements, read off the oracle."""
    elements = np.arange(ORDERS[group])
    pairs = np.array(list(itertools.product(elements, elements)))
    answers = make(f"permutation_composition[group={group}]").solve(pairs)
    assert answers is not None
    return np.asarray(answers[:, 1].reshape(len(elements), len(elements)))


def even(permutation: tuple[int, ...]) -> bool:
    """From its cycles: each of even length is odd."""
    left, sign = set(range(len(permutation))), True
    while left:
        start = here = left.pop()
        size = 1
        while permutation[here] != start:
            here = permutation[here]
            left.discard(here)
            size += 1
        sign ^= size % 2 == 0
    return sign


def rearranged(size: int, keep: Callable[[tuple[int, ...]], bool]) -> Array:
    """The table of permutations by moving things about: the left one moves them first."""
    elements = [one for one in itertools.permutations(range(size)) if keep(one)]
    rows = []
    for left in elements:
        things = ["abcde"[left[place]] for place in range(size)]
        rows.append([elements.index(tuple("abcde".index(things[one[i]]) for i in range(size))) for one in elements])
    return np.array(rows)


def test_tables_of_permutations() -> None:
    assert (table("s3") == rearranged(3, lambda _: True)).all()
    assert (table("a5") == rearranged(5, even)).all()
    assert (table("s5") == rearranged(5, lambda _: True)).all()


def test_tables_of_numbers() -> None:
    sixty, fours, both = table("z60"), rearranged(4, even), table("a4z5")
    for a, b in itertools.product(range(60), repeat=2):
        assert sixty[a, b] == (a + b) % 60
        assert both[a, b] == 5 * fours[a // 5, b // 5] + (a % 5 + b % 5) % 5


@pytest.mark.parametrize("group", ORDERS)
def test_axioms(group: str) -> None:
    products, everything = table(group), np.arange(ORDERS[group])
    assert (products[0] == everything).all()
    assert (products[:, 0] == everything).all()
    assert (np.sort(products, axis=0) == everything[:, None]).all()
    assert (np.sort(products, axis=1) == everything).all()
    a, b, c = np.random.default_rng(0).integers(0, len(everything), size=(3, 2000))
    assert (products[products[a, b], c] == products[a, products[b, c]]).all()


@pytest.mark.parametrize(("group", "sizes"), [("s3", [6, 3, 1]), ("z60", [60, 1]), ("a4z5", [60, 4, 1]), ("a5", [60])])
def test_which_groups_are_solvable(group: str, sizes: list[int]) -> None:
    """The orders of the derived series: A5 is its own commutator group, the others come down to one element."""
    products, series = table(group), [ORDERS[group]]
    inverse = (products == 0).argmax(axis=1)
    members = set(range(ORDERS[group]))
    while True:
        made = {int(products[products[inverse[a], inverse[b]], products[a, b]]) for a in members for b in members}
        while (more := {int(products[a, b]) for a in made for b in made}) != made:
            made = more
        if made == members:
            break
        members = made
        series.append(len(made))
    assert series == sizes


@pytest.mark.parametrize("lengths", ["fixed", "uniform"])
@pytest.mark.parametrize("group", ORDERS)
def test_every_step_asks_for_the_product_so_far(group: str, lengths: str) -> None:
    task = make(f"permutation_composition[group={group},lengths={lengths}]")
    assert (task.inputs, task.answer) == (Tokens(ORDERS[group]), Classes(ORDERS[group]))
    products = table(group)
    batch = task.sample(np.random.default_rng(0), 100, 9)
    for tape, targets, scored, steps in zip(batch.inputs, batch.targets, batch.scored, batch.lengths, strict=True):
        assert scored.tolist() == [place < steps for place in range(9)]
        product = 0
        for place in range(steps):
            product = products[product, tape[place]]
            assert targets[place] == product
    assert set(batch.lengths.tolist()) == ({9} if lengths == "fixed" else set(range(1, 10)))


def test_all_words_are_equally_frequent() -> None:
    words = [tuple(tape.tolist()) for tape in draw("permutation_composition", 6000, 2).inputs]
    assert equally_often(words, list(itertools.product(range(6), repeat=2)))


@pytest.mark.parametrize(("lengths", "drawn"), [("fixed", [4]), ("half", [2, 3, 4]), ("uniform", [1, 2, 3, 4])])
def test_what_is_known_without_memory_by_trying_all_words(lengths: str, drawn: list[int]) -> None:
    products, rows = table("s3"), []
    for steps in drawn:
        for word in itertools.product(range(6), repeat=steps):
            pairs: list[tuple[object, int]] = []
            so_far = 0
            for time, element in enumerate(word):
                so_far = int(products[so_far, element])
                pairs.append(((time, element), so_far))
            rows.append((6.0**-steps, pairs))
    task = make(f"permutation_composition[lengths={lengths}]")
    assert task.memoryless(4) == pytest.approx(best_by_time(rows), abs=1e-12)
    assert task.class_balance == pytest.approx((1 / 6,) * 6)
    assert task.chance == pytest.approx(1 / 6)


def test_no_answer_hangs_on_what_comes_later() -> None:
    task = make("permutation_composition[group=a5]")
    inputs = task.sample(np.random.default_rng(1), 50, 8).inputs
    before = task.solve(inputs)
    inputs[:, 5:] = (inputs[:, 5:] + 1) % 60
    after = task.solve(inputs)
    assert before is not None
    assert after is not None
    assert (before[:, :5] == after[:, :5]).all()
    assert (before[:, 5] != after[:, 5]).all()


def test_docstring_examples() -> None:
    assert_examples_hold(lambda _: make("permutation_composition"), "permutation_composition", 2)
