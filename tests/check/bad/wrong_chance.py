"""Planted: three in four answers are class 1, and chance is left at even odds."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Task


@TASKS.register("wrong_chance")
@dataclass(frozen=True, kw_only=True)
class WrongChance(Task):
    """Was the first element below the threshold that three in four pass?"""

    source = "a test"

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        x = rng.uniform(size=(batch, length, 1))
        return Batch.at_end(x, x[:, 0, 0].astype(np.float32) > 0.25)

    def solve(self, inputs: Array) -> Array:
        return np.asarray(inputs[:, 0, 0] > 0.25)

    @property
    def class_balance(self) -> tuple[float, ...]:
        return (0.25, 0.75)
