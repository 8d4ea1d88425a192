"""Parity in its four forms, against counting."""

import itertools

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.task import Features, Tokens
from tests.tasks.formal import assert_examples_hold, best_by_time, draw, equally_often, make, read_tapes


def odd(bits: tuple[int, ...]) -> int:
    return bits.count(1) % 2


@pytest.mark.parametrize("lengths", ["fixed", "half", "uniform"])
@pytest.mark.parametrize("length", [1, 2, 9])
def test_a_tape_ends_with_its_parity(length: int, lengths: str) -> None:
    task = make(f"parity[lengths={lengths}]")
    assert task.inputs == Tokens(3)
    assert task.steps(length) == length + 1
    batch = task.sample(np.random.default_rng(length), 100, length)
    for word, answer in read_tapes(batch, 2):
        assert answer == (odd(word),)


@pytest.mark.parametrize("lengths", ["fixed", "uniform"])
def test_cumulative_parity_is_that_so_far(lengths: str) -> None:
    task = make(f"parity[like=cumulative,lengths={lengths}]")
    assert task.inputs == Tokens(2)
    batch = task.sample(np.random.default_rng(0), 200, 9)
    assert batch.inputs.shape == (200, 9)
    for tape, targets, scored, steps in zip(batch.inputs, batch.targets, batch.scored, batch.lengths, strict=True):
        assert scored.tolist() == [place < steps for place in range(9)]
        assert targets[:steps].tolist() == [odd(tuple(tape[: place + 1].tolist())) for place in range(steps)]
        assert not tape[steps:].any()
    assert set(batch.lengths.tolist()) == ({9} if lengths == "fixed" else set(range(1, 10)))


def test_bengio() -> None:
    """Signs with noise within 0.2, lengths of T/2..T, the parity of the +1s at the last sign."""
    task = make("parity[like=bengio]")
    assert task.inputs == Features(1)
    batch = task.sample(np.random.default_rng(0), 3000, 11)
    assert batch.inputs.shape == (3000, 11, 1)
    assert equally_often(batch.lengths.tolist(), range(6, 12))
    noise = []
    for signs, targets, scored, steps in zip(
        batch.inputs[..., 0], batch.targets, batch.scored, batch.lengths, strict=True
    ):
        bits = tuple(int(sign > 0) for sign in signs[:steps])
        assert np.flatnonzero(scored).tolist() == [steps - 1]
        assert targets[steps - 1] == odd(bits)
        assert not signs[steps:].any()
        noise.append(signs[:steps] - (2 * np.array(bits) - 1))
    drawn = np.concatenate(noise)
    assert np.abs(drawn).max() <= 0.2 + 1e-6
    # A uniform number within ±0.2 has the standard deviation 0.2/√3; fourths of its range are equally frequent.
    assert drawn.std() == pytest.approx(0.2 / 3**0.5, rel=0.02)
    assert equally_often(np.floor(drawn.clip(-0.1999, 0.1999) / 0.1).astype(int).tolist(), [-2, -1, 0, 1])
    answers = task.solve(batch.inputs)
    assert answers is not None
    assert (answers == batch.targets)[batch.scored].all()


@pytest.mark.parametrize("text", ["parity", "parity[like=cumulative]"])
def test_all_words_are_equally_frequent(text: str) -> None:
    words = [tuple(tape[:3].tolist()) for tape in draw(text, 4000, 3).inputs]
    assert equally_often(words, list(itertools.product((0, 1), repeat=3)))


@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("lengths", ["fixed", "half", "uniform"])
@pytest.mark.parametrize("form", ["tape", "cumulative", "signs"])
def test_what_is_known_without_memory_by_trying_all_words(form: str, lengths: str, length: int) -> None:
    least = {"fixed": length, "half": (length + 1) // 2, "uniform": 1}[lengths]
    rows = []
    for steps in range(least, length + 1):
        for word in itertools.product((0, 1), repeat=steps):
            pairs: list[tuple[object, int]] = [((t, word[t]), odd(word[: t + 1])) for t in range(steps)]
            at_blank: list[tuple[object, int]] = [(steps, odd(word))]
            rows.append((0.5**steps, {"tape": at_blank, "cumulative": pairs, "signs": pairs[-1:]}[form]))
    task = make(f"parity[form={form},lengths={lengths}]")
    assert task.memoryless(length) == pytest.approx(best_by_time(rows), abs=1e-12)


@pytest.mark.parametrize("text", ["parity", "parity[like=cumulative]", "parity[like=bengio]", "parity[like=chomsky]"])
def test_both_classes_are_equally_frequent(text: str) -> None:
    task = make(text)
    batch = draw(text, 6000, task.small.length)
    assert (task.chance, task.class_balance) == (0.5, (0.5, 0.5))
    first = batch.targets[np.arange(6000), batch.scored.argmax(axis=1)]
    assert equally_often(first.tolist(), [0, 1])


def test_no_answer_hangs_on_what_comes_later() -> None:
    for form in ("cumulative", "signs"):
        task = make(f"parity[form={form}]")
        inputs = task.sample(np.random.default_rng(1), 50, 8).inputs
        changed = inputs.copy()
        changed[:, 5:] = 1 - changed[:, 5:]
        before, after = task.solve(inputs), task.solve(changed)
        assert before is not None
        assert after is not None
        assert (before[:, :5] == after[:, :5]).all()
        assert (before[:, 5] != after[:, 5]).all()


def test_docstring_examples() -> None:
    assert_examples_hold(lambda wanted: make("parity" if wanted[0] is None else "parity:cumulative"), "parity", 2)


def test_published_protocol() -> None:
    task = make("parity[like=chomsky]")
    assert task.steps(40) == 101
    assert (task.draw(np.random.default_rng(0), 20, 40, "test").lengths == 101).all()
    assert equally_often((task.sample(np.random.default_rng(0), 4000, 40).lengths - 1).tolist(), range(1, 41))


def test_tokens_have_no_noise() -> None:
    with pytest.raises(RnnbenchError) as refusal:
        make("parity[noise_bound=0.1]").check_length(5)
    assert str(refusal.value) == "task 'parity' has noise only with form=signs, got noise_bound=0.1, form=tape."
    make("parity[form=signs,noise_bound=0.1]").check_length(1)
    make("parity").check_length(1)
