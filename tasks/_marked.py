"""Sequences of pairs (value, mark) of which two are marked: what ``adding`` and ``multiplication`` share."""

from typing import Literal

import numpy as np

from rnnbench.errors import RnnbenchError
from rnnbench.task import Array

Marks = Literal["halves", "anywhere", "pascanu", "hochreiter"]
SHORTEST: dict[Marks, int] = {"halves": 2, "anywhere": 2, "pascanu": 10, "hochreiter": 11}
HIDDEN = 0.1
"""Hochreiter & Schmidhuber: how often the first mark falls on the first pair, whose mark is -1 all the same."""


def check(name: str, marks: Marks, length: int) -> None:
    """Raise RnnbenchError where there is no room for both marks."""
    if length < SHORTEST[marks]:
        raise RnnbenchError(f"task {name!r} needs length ≥ {SHORTEST[marks]} for marks={marks}, got length={length}.")


def longest(marks: Marks, length: int) -> int:
    """Steps of the longest sequence."""
    return length + {"pascanu": max(length // 10 - 1, 0), "hochreiter": length // 10}.get(marks, 0)


def marked_pairs(
    rng: np.random.Generator, marks: Marks, low: float, batch: int, length: int
) -> tuple[Array, Array, Array]:
    """Inputs ``batch time 2`` (value from U[low, 1], mark), lengths ``batch`` and last steps ``batch time``."""
    time = longest(marks, length)
    lengths = rng.integers(length, time + 1, size=batch)
    inputs = np.zeros((batch, time, 2))
    inputs[..., 0] = rng.uniform(low, 1.0, size=(batch, time))
    rows = np.arange(batch)
    for places in _places(rng, marks, length, lengths):
        inputs[rows, places, 1] = 1.0
    if marks == "hochreiter":
        inputs[:, 0, 1] = inputs[rows, lengths - 1, 1] = -1.0
    inputs[np.arange(time) >= lengths[:, None]] = 0.0
    return inputs, lengths, np.arange(time) == lengths[:, None] - 1


def _places(rng: np.random.Generator, marks: Marks, length: int, lengths: Array) -> tuple[Array, Array]:
    """Where the two marks stand, each ``batch``."""
    batch = len(lengths)
    if marks == "halves":
        half = length // 2
        return rng.integers(0, half, size=batch), half + rng.integers(0, half, size=batch)
    if marks == "anywhere":
        first, second = rng.integers(0, length, size=batch), rng.integers(0, length - 1, size=batch)
        return first, second + (second >= first)
    if marks == "pascanu":
        return rng.integers(0, lengths // 10), lengths // 10 + rng.integers(0, 2 * lengths // 5)
    first, second = rng.integers(0, 10, size=batch), rng.integers(1, length // 2, size=batch)
    return first, second + ((first > 0) & (second >= first))
