"""Counting ones, modulo a number."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Small, Task, Tokens


@TASKS.register("count_ones")
@dataclass(frozen=True, kw_only=True)
class CountOnes(Task):
    """How many ones have there been, modulo ``modulus``?

    Bits are drawn with even odds; the last step is scored. Modulo 3::

        input   1 1 0 1      target  . . . 0
    """

    source = "the example package of rnnbench, unpublished"
    kind = "state tracking"
    guessing = "1/2"
    minimum_length = 2
    small = Small(length=6)

    modulus: Annotated[int, Field(ge=2, le=100)] = 2

    @property
    def inputs(self) -> Tokens:
        """A bit a step."""
        return Tokens(2)

    @property
    def answer(self) -> Classes:
        """The count modulo ``modulus``."""
        return Classes(self.modulus)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Tokens ``batch time``; one class a sequence at its last step."""
        bits = rng.integers(0, 2, size=(batch, length))
        return Batch.at_end(bits, bits.sum(axis=1) % self.modulus)

    def solve(self, inputs: Array) -> Array:
        """The sum of the bits."""
        return np.asarray(inputs.sum(axis=1) % self.modulus)
