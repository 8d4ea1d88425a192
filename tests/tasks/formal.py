"""What the tests of state tracking and formal languages share: making a task, reading tapes and docstrings."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from rnnbench.parameters import resolve
from rnnbench.registry import TASKS
from rnnbench.streams import stream
from rnnbench.task import Batch, Task

Word = tuple[int, ...]


def make(text: str) -> Task:
    resolved = resolve(TASKS, text)
    task: Task = TASKS[resolved.name](**resolved.parameters)
    return task


def draw(text: str, count: int, length: int) -> Batch:
    return make(text).sample(stream("data", text, length), count, length)


def read_tapes(batch: Batch, blank: int) -> list[tuple[Word, Word]]:
    """Each sequence's word and answer, after checking that the tape is word, blanks, zeros, and scored at blanks."""
    read = []
    for tape, targets, scored, steps in zip(batch.inputs, batch.targets, batch.scored, batch.lengths, strict=True):
        word = tape[: tape.tolist().index(blank)]
        assert (word < blank).all()
        assert (tape[len(word) : steps] == blank).all()
        assert (tape[steps:] == 0).all()
        assert np.flatnonzero(scored).tolist() == list(range(len(word), steps))
        read.append((tuple(word.tolist()), tuple(targets[len(word) : steps].tolist())))
    return read


def equally_often(drawn: Iterable[object], possible: Sequence[object]) -> bool:
    """Whether only what is ``possible`` was drawn, each within 4.5 standard errors of its share."""
    return as_often(drawn, dict.fromkeys(possible, 1 / len(possible)))


def as_often(drawn: Iterable[object], odds: Mapping[Any, float]) -> bool:
    """Whether everything was drawn within 4.5 standard errors of its odds, and nothing else."""
    counts = Counter(drawn)
    total = counts.total()
    return set(counts) <= set(odds) and all(
        abs(counts[one] - total * p) <= 4.5 * math.sqrt(total * p * (1 - p)) + 1e-9 for one, p in odds.items()
    )


def best_by_time(rows: Iterable[tuple[float, Sequence[tuple[object, int]]]]) -> float:
    """The accuracy of the best answer to each thing seen; a row is a weight and what is (seen, answered) in it."""
    counts: dict[object, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for weight, pairs in rows:
        for seen, answered in pairs:
            counts[seen][answered] += weight
    return sum(max(each.values()) for each in counts.values()) / sum(sum(each.values()) for each in counts.values())


def examples(task: Task) -> list[tuple[list[int], list[int | None]]]:
    """The docstring's examples: inputs, and answers with None where none is wanted."""
    pattern = r"^ *input((?: +-?\d+)+) +target((?: +(?:\.|\d+))+)$"
    return [
        ([int(one) for one in left.split()], [None if one == "." else int(one) for one in right.split()])
        for left, right in re.findall(pattern, type(task).__doc__ or "", re.MULTILINE)
    ]


def assert_examples_hold(task_of: Callable[[list[int | None]], Task], name: str, count: int) -> None:
    shown = examples(make(name))
    assert len(shown) == count
    for inputs, wanted in shown:
        answers = task_of(wanted).solve(np.array([inputs]))
        assert answers is not None
        assert len(inputs) == len(wanted)
        assert [None if want is None else int(got) for want, got in zip(wanted, answers[0], strict=True)] == wanted
