"""Planted: each answer is the sign of the element that comes next."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Task


@TASKS.register("future_leakage")
@dataclass(frozen=True, kw_only=True)
class FutureLeakage(Task):
    """Which sign has the next element?"""

    source = "a test"
    minimum_length = 2

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        x = rng.normal(size=(batch, length, 1))
        return Batch.at(x, np.roll(x[..., 0], -1, axis=1) > 0, np.arange(length) < length - 1)

    def solve(self, inputs: Array) -> Array:
        return np.asarray(np.roll(inputs[..., 0], -1, axis=1) > 0)
