"""Bit relay: the second task of the 2018 discussion."""

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Small, Task


@TASKS.register("bit_relay")
@dataclass(frozen=True, kw_only=True)
class BitRelay(Task):
    """Do the first element and the one halfway have the same sign?

    Elements 0 and ``length // 2`` are +1 or -1, drawn independently, all others 0; then noise of standard deviation
    ``noise`` is added to every element. Class 1 if the signs agree; only the last step is scored. Without noise::

        input   1  0  1  0      target  .  .  .  1
        input   1  0 -1  0      target  .  .  .  0
    """

    source = "stats.stackexchange.com/questions/340898 (2018), task 2 of shimao's answer"
    kind = "latching"
    minimum_length = 2
    small = Small(length=10)

    noise: Annotated[float, Field(ge=0, lt=10)] = 0.1

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time 1``; one class a sequence at the last step."""
        bits = rng.integers(0, 2, size=(batch, 2))
        inputs = rng.normal(0.0, self.noise, size=(batch, length, 1))
        inputs[:, [0, length // 2], 0] += 2.0 * bits - 1.0
        return Batch.at_end(inputs, bits[:, 0] == bits[:, 1])

    def solve(self, inputs: Array) -> Array:
        """Whether the two signs agree."""
        return np.asarray((inputs[:, 0, 0] > 0) == (inputs[:, inputs.shape[1] // 2, 0] > 0))

    @property
    def oracle_accuracy(self) -> float:
        """Probability that noise flips neither sign or both."""
        flip = 0.0 if self.noise == 0 else 0.5 * math.erfc(1.0 / self.noise / math.sqrt(2.0))
        return (1.0 - flip) ** 2 + flip**2

    def memoryless(self, length: int) -> float:
        """As guessing: even where the last step is one of the two, the other is as likely to agree as not."""
        return 0.5
