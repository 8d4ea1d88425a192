"""Planted: rows of one file, from which training and test take the same."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Task

ROWS = np.random.default_rng(0).normal(size=(2000, 100, 1))


@TASKS.register("pool")
@dataclass(frozen=True, kw_only=True)
class Pool(Task):
    """Which sign had the first element?"""

    source = "a test"
    kind = "real data"

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        x = ROWS[rng.integers(0, len(ROWS), batch), :length]
        return Batch.at_end(x, x[:, 0, 0] > 0)

    def solve(self, inputs: Array) -> Array:
        return np.asarray(inputs[:, 0, 0] > 0)

    def check_length(self, length: int) -> None:
        super().check_length(length)
        assert length <= 100
