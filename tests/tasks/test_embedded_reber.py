"""Embedded Reber strings against the grammar walked edge by edge, and against its enumeration."""

from collections import Counter, defaultdict
from fractions import Fraction

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.registry import TASKS
from rnnbench.task import Task
from rnnbench.train.sampling import complaint_about

NAMES = "BTPSXVE"
GRAPH = {
    "start": [("B", "a")],
    "a": [("T", "b"), ("P", "f")],
    "b": [("S", "b"), ("X", "c")],
    "c": [("S", "end"), ("X", "f")],
    "f": [("T", "f"), ("V", "g")],
    "g": [("V", "end"), ("P", "c")],
    "end": [("E", "")],
}
"""Reber's graph as Cleeremans et al. draw it: the upper branch T S* X, the lower P T* V, joined by X and P."""


def inner_strings(most: int) -> dict[str, Fraction]:
    """Every Reber string of at most ``most`` symbols with its probability, by enumeration."""
    complete: dict[str, Fraction] = {}
    open_strings = {("", "start"): Fraction(1)}
    for _ in range(most):
        longer: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for (word, node), probability in open_strings.items():
            for symbol, following in GRAPH[node]:
                share = probability / len(GRAPH[node])
                if following:
                    longer[word + symbol, following] += share
                else:
                    complete[word + symbol] = share
        open_strings = longer
    return complete


def draw(count: int, length: int, seed: int = 0) -> tuple[Task, list[str], list[str]]:
    """The task, the strings fed and the wanted letters."""
    task: Task = TASKS["embedded_reber"]()
    batch = task.sample(np.random.default_rng(seed), count, length)
    assert complaint_about(task, batch, count) is None
    assert batch.inputs.shape == (count, length)
    fed = [
        "".join(NAMES[token] for token in row[:steps]) for row, steps in zip(batch.inputs, batch.lengths, strict=True)
    ]
    assert (batch.scored == (np.arange(length) == batch.lengths[:, None] - 1)).all()
    assert (batch.inputs[np.arange(length) >= batch.lengths[:, None]] == 0).all()
    wanted = ["TP"[target] for target in batch.targets[batch.scored]]
    answers = task.solve(batch.inputs)
    assert answers is not None
    assert (answers == batch.targets[batch.scored]).all()
    return task, fed, wanted


@pytest.mark.parametrize("length", [7, 8, 12, 30])
def test_every_string_is_of_the_language(length: int) -> None:
    _, fed, wanted = draw(1000, length)
    for word, letter in zip(fed, wanted, strict=True):
        assert len(word) <= length
        assert word[:2] == "B" + letter
        node = "start"
        for symbol in word[2:]:
            edges = dict(GRAPH[node])
            assert symbol in edges
            node = edges[symbol]
        assert node == ""


@pytest.mark.parametrize("length", [7, 9, 11])
def test_strings_have_the_grammars_probabilities_given_that_they_fit(length: int) -> None:
    count = 20_000
    _, fed, wanted = draw(count, length, seed=1)
    expected = inner_strings(length - 2)
    total = sum(expected.values())
    got = Counter(word[2:] for word in fed)
    assert set(got) == set(expected)
    for word, probability in expected.items():
        share = float(probability / total)
        assert abs(got[word] / count - share) < 4.5 * (share * (1 - share) / count) ** 0.5
    assert abs(wanted.count("T") / count - 0.5) < 4.5 * 0.5 / count**0.5


@pytest.mark.parametrize(("length", "told"), [(15, 7), (24, 0.4), (40, 0.003)])
def test_what_the_docstring_says_of_long_strings(length: int, told: float) -> None:
    """Share that does not fit, by powers of the matrix of the graph."""
    nodes = list(GRAPH)
    matrix = np.zeros((len(nodes), len(nodes)))
    for node, edges in GRAPH.items():
        for _, following in edges:
            if following:
                matrix[nodes.index(node), nodes.index(following)] += 1 / len(edges)
    beyond = 100 * np.linalg.matrix_power(matrix, length - 2)[0].sum()
    assert beyond == pytest.approx(told, rel=0.12)
    assert f"{told:g} %" in (TASKS["embedded_reber"].__doc__ or "")


def test_the_example_of_the_docstring() -> None:
    task: Task = TASKS["embedded_reber"]()
    assert "B P B T X S E " in (task.__doc__ or "")
    answers = task.solve(np.array([[NAMES.index(letter) for letter in "BPBTXSE"]]))
    assert answers is not None
    assert answers.astype(int).tolist() == [1]
    assert "BTXSE" in inner_strings(5)


def test_the_inner_string_changes_nothing() -> None:
    task, fed, wanted = draw(100, 7, seed=2)
    tokens = np.array([[NAMES.index(letter) for letter in word] for word in fed])
    tokens[:, 2:] = 0
    answers = task.solve(tokens)
    assert answers is not None
    assert ["TP"[answer] for answer in answers.astype(int)] == wanted
    assert task.chance == task.memoryless(10) == 0.5


def test_too_short_is_refused() -> None:
    task: Task = TASKS["embedded_reber"]()
    task.check_length(7)
    with pytest.raises(RnnbenchError, match=r"task 'embedded_reber' needs length ≥ 7, got 6."):
        task.check_length(6)
