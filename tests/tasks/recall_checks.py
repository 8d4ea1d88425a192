"""What the tests of recall tasks share."""

from collections import defaultdict

import numpy as np
from scipy.stats import chisquare

from rnnbench.parameters import resolve
from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Task
from rnnbench.train.sampling import sample


def make(text: str) -> Task:
    resolved = resolve(TASKS, text)
    task: Task = TASKS[resolved.name](**resolved.parameters)
    return task


def drawn(text: str, length: int, count: int = 300, seed: int = 0) -> tuple[Task, Batch]:
    """A task and a batch of it, after the task has accepted the length and the batch the contract."""
    task = make(text)
    task.check_length(length)
    batch = sample(task, np.random.default_rng(seed), count, length)
    assert batch.inputs.shape[1] == task.steps(length)
    assert (batch.lengths == task.steps(length)).all()
    return task, batch


def answers(task: Task, inputs: Array) -> Array:
    solved = task.solve(inputs)
    assert solved is not None
    return solved


def assert_oracle_is_right(text: str, length: int) -> None:
    task, batch = drawn(text, length)
    solved = answers(task, batch.inputs)
    assert (solved == batch.targets)[batch.scored].all()


def assert_causal(text: str, length: int) -> None:
    """With the rest of another sequence from some step on, earlier answers stay."""
    task, batch = drawn(text, length)
    solved = answers(task, batch.inputs)
    for cut in range(1, batch.inputs.shape[1]):
        other = batch.inputs.copy()
        other[:, cut:] = np.roll(other, 1, axis=0)[:, cut:]
        assert (answers(task, other) == solved)[:, :cut][batch.scored[:, :cut]].all(), cut


def assert_uniform(seen: Array, kinds: int) -> None:
    """Whole numbers are uniform under ``kinds``: chi-squared, one false alarm in ten thousand."""
    counts = np.bincount(seen, minlength=kinds)
    assert len(counts) == kinds
    assert chisquare(counts).pvalue > 1e-4, counts


def best_without_memory(batch: Batch) -> float:
    """Accuracy of the most frequent answer for each pair of time and input, in hindsight."""
    counts: dict[tuple[int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row, time in np.argwhere(batch.scored):
        counts[int(time), int(batch.inputs[row, time])][int(batch.targets[row, time])] += 1
    return sum(max(count.values()) for count in counts.values()) / int(batch.scored.sum())
