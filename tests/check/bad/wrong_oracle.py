"""Planted: the oracle reads the last element, the answer is in the first."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Task


@TASKS.register("wrong_oracle")
@dataclass(frozen=True, kw_only=True)
class WrongOracle(Task):
    """Which sign had the first element?"""

    source = "a test"

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        x = rng.normal(size=(batch, length, 1))
        return Batch.at_end(x, x[:, 0, 0] > 0)

    def solve(self, inputs: Array) -> Array:
        return np.asarray(inputs[:, -1, 0] > 0)
