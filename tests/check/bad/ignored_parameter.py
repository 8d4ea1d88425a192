"""Planted: `noise` is declared and never read."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Task


@TASKS.register("ignored_parameter")
@dataclass(frozen=True, kw_only=True)
class IgnoredParameter(Task):
    """Which sign had the first element?"""

    source = "a test"

    noise: Annotated[float, Field(ge=0)] = 0.1
    scale: Annotated[float, Field(gt=0)] = 1.0

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        x = rng.normal(size=(batch, length, 1)) * self.scale
        return Batch.at_end(x, x[:, 0, 0] > 0)

    def solve(self, inputs: Array) -> Array:
        return np.asarray(inputs[:, 0, 0] > 0)
