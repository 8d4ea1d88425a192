"""Planted: the noise comes from numpy's global generator."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Task


@TASKS.register("global_randomness")
@dataclass(frozen=True, kw_only=True)
class GlobalRandomness(Task):
    """Which sign had the first element?"""

    source = "a test"

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        x = rng.choice([-1.0, 1.0], size=(batch, length, 1)) + 0.01 * np.random.randn(batch, length, 1)  # noqa: NPY002
        return Batch.at_end(x, x[:, 0, 0] > 0)

    def solve(self, inputs: Array) -> Array:
        return np.asarray(inputs[:, 0, 0] > 0)
