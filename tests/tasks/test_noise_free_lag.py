"""Experiment 2 of the LSTM paper, its three variants written out slowly."""

import math

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.registry import TASKS
from rnnbench.task import Task, Tokens
from rnnbench.train.sampling import complaint_about


def make(text: str) -> Task:
    task: Task = TASKS["noise_free_lag"](**resolve(TASKS, f"noise_free_lag:{text}").parameters)
    return task


def words(text: str, length: int, count: int) -> list[tuple[list[str], str]]:
    """What is fed, by the paper's names of symbols, and the last symbol, which is wanted."""
    task = make(text)
    batch = task.sample(np.random.default_rng(length), count, length)
    assert complaint_about(task, batch, count) is None
    assert isinstance(task.inputs, Tokens)
    own = ["e", "b", "x", "y"] if text.startswith("2c") else ["x", "y"]
    names = [f"a{number + 1}" for number in range(task.inputs.vocabulary - len(own))] + own
    answers = task.solve(batch.inputs)
    found = []
    for row, steps in enumerate(batch.lengths):
        assert np.flatnonzero(batch.scored[row]).tolist() == [steps - 1]
        target = int(batch.targets[row, steps - 1])
        assert answers is not None
        assert answers[row] == target
        assert (batch.inputs[row, steps:] == 0).all()
        found.append(([names[token] for token in batch.inputs[row, :steps]], "xy"[target]))
    assert abs(np.mean([last == "y" for _, last in found]) - 0.5) < 4.5 * 0.5 / math.sqrt(count)
    return found


@pytest.mark.parametrize("p", [4, 10, 100])
def test_2a_is_two_sequences(p: int) -> None:
    assert {(*fed, last) for fed, last in words(f"2a,p={p}", p, 200)} == {
        (last, *(f"a{number}" for number in range(1, p)), last) for last in "xy"
    }


def test_2a_begins_again_beyond_p() -> None:
    assert {tuple(fed[1:]) for fed, _ in words("2a,p=3", 6, 20)} == {("a1", "a2", "a1", "a2", "a1")}


def test_2b_draws_its_distractors() -> None:
    found = words("2b,p=5", 12, 2000)
    assert all(len(fed) == 12 and fed[0] == last for fed, last in found)
    drawn = [symbol for fed, _ in found for symbol in fed[1:]]
    for number in range(1, 5):
        assert abs(drawn.count(f"a{number}") / len(drawn) - 0.25) < 4.5 * math.sqrt(3 / 16 / len(drawn))
    assert len({tuple(fed) for fed, _ in found}) == 2000


@pytest.mark.parametrize("q", [1, 10, 50])
def test_2c_has_b_and_e_and_a_suffix_of_random_length(q: int) -> None:
    """b, x or y, q + k distractors, e; k is 9 on average, its variance 90."""
    found = words("2c,p=6", q, 4000)
    for fed, last in found:
        assert (fed[0], fed[1], fed[-1]) == ("b", last, "e")
        assert set(fed[2:-1]) <= {f"a{number}" for number in range(1, 7)}
    suffixes = np.array([len(fed) - 3 - q for fed, _ in found])
    assert suffixes.min() == 0
    assert abs(suffixes.mean() - 9) < 4.5 * math.sqrt(90 / 4000)
    for k in range(4):
        share = 0.1 * 0.9**k
        assert abs(float(np.mean(suffixes == k)) - share) < 4.5 * math.sqrt(share * (1 - share) / 4000)
    assert make("2c").steps(q) == q + 103


def test_the_suffix_is_cut_where_the_docstring_says() -> None:
    """Many draws: none above 100, and as many above 60 as (9/10)^61."""
    lengths = make("2c,p=2").sample(np.random.default_rng(0), 100_000, 1).lengths - 4
    assert lengths.max() <= 100
    share = 0.9**61
    assert abs(float(np.mean(lengths > 60)) - share) < 4.5 * math.sqrt(share / 100_000)


def test_the_examples_of_the_docstring() -> None:
    doc = make("2a").__doc__ or ""
    for variant, own in (("2a", ["x", "y"]), ("2b", ["x", "y"]), ("2c", ["e", "b", "x", "y"])):
        names = ["a1", "a2", "a3", *(["a4"] if variant == "2c" else []), *own]
        line = next(line for line in doc.splitlines() if line.split()[:2] == [variant, "input"])
        fed, wanted = line.split("target")
        tokens = np.array([[names.index(name) for name in fed.split()[2:]]])
        assert make(f"{variant},p=4").solve(tokens).astype(int).tolist() == [int(wanted.split()[-1])]  # type: ignore[union-attr]
        assert len(wanted.split()) == tokens.shape[1]


@pytest.mark.parametrize(("variant", "symbols"), [("2a", 101), ("2b", 101), ("2c", 104)])
def test_sizes(variant: str, symbols: int) -> None:
    task = make(variant)
    assert task.inputs == Tokens(symbols)
    assert task.chance == task.memoryless(100) == 0.5
    assert task.memoryless(1) == (0.5 if variant == "2c" else 1.0)


def test_the_middle_changes_nothing() -> None:
    task = make("2b,p=8")
    batch = task.sample(np.random.default_rng(1), 100, 10)
    changed = batch.inputs.copy()
    changed[:, 1:] = 3
    assert (task.solve(changed) == task.solve(batch.inputs)).all()  # type: ignore[union-attr]


def test_refusals() -> None:
    make("2a").check_length(1)
    with pytest.raises(RnnbenchError, match=r"task 'noise_free_lag' needs length ≥ 1, got 0."):
        make("2a").check_length(0)
    with pytest.raises(RnnbenchError, match="noise_free_lag: p=1"):
        resolve(TASKS, "noise_free_lag[p=1]")
