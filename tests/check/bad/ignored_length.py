"""Planted: ten steps, whatever length is asked for."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Task


@TASKS.register("ignored_length")
@dataclass(frozen=True, kw_only=True)
class IgnoredLength(Task):
    """Which sign had the first element?"""

    source = "a test"

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        x = rng.normal(size=(batch, 10, 1))
        return Batch.at_end(x, x[:, 0, 0] > 0)

    def solve(self, inputs: Array) -> Array:
        return np.asarray(inputs[:, 0, 0] > 0)

    def steps(self, length: int) -> int:
        return 10
