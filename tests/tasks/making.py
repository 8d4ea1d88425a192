"""Tasks from their texts, and what may change between a sequence and its continuation."""

import numpy as np

from rnnbench.parameters import resolve
from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Task


def make(text: str) -> Task:
    """The task that ``text`` names, e.g. ``adding:tcn``."""
    resolved = resolve(TASKS, text)
    task: Task = TASKS[resolved.name](**resolved.parameters)
    return task


def solved(task: Task, inputs: Array) -> Array:
    """The oracle's answers, which every task here has."""
    answers = task.solve(inputs)
    assert answers is not None
    return answers


def wanted(batch: Batch) -> Array:
    """The answers at the scored position of each sequence, ``batch [value]``."""
    return batch.targets[batch.scored]


def small(name: str) -> Task:
    """The task ``name`` as its class wants to be tried first; its length can be posed."""
    shape = TASKS[name].small
    task: Task = TASKS[name](**shape.parameters)
    task.check_length(shape.length)
    return task


def only_ends_are_scored(batch: Batch) -> bool:
    """Whether exactly the last step of each sequence is scored and padding is zero."""
    steps = np.arange(batch.inputs.shape[1])
    ends = steps == batch.lengths[:, None] - 1
    return bool((batch.scored == ends).all() and not batch.inputs[steps >= batch.lengths[:, None]].any())
