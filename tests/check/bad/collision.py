"""Planted: a narrow seed of its own, so that training and test draw the same sequences now and then."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Task


@TASKS.register("collision")
@dataclass(frozen=True, kw_only=True)
class Collision(Task):
    """Which sign had the first element?"""

    source = "a test"

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        narrow = np.random.default_rng(int(rng.integers(0, 500)))
        x = narrow.normal(size=(batch, length, 1))
        return Batch.at_end(x, x[:, 0, 0] > 0)

    def solve(self, inputs: Array) -> Array:
        return np.asarray(inputs[:, 0, 0] > 0)
