"""Memory size: bsuite's test of how many bits are kept."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Features, Small, Task

from ._memory_chain import memory_chain, queried_bit, without_memory


@TASKS.register("memory_size")
@dataclass(frozen=True, kw_only=True)
class MemorySize(Task):
    """What was the bit asked for at the end, of several at the first step?

    An observation has 2 + ``bits`` numbers: the share of time left, 1 - t / ``length``; the query, at the last step
    the index 0..``bits`` - 1 as a number and 0 before it; and the context, at step 0 ``bits`` times +1 or -1 and 0
    after it. The answer is the bit that the query points at (+1 is class 1), only the last step is scored::

        time left   1  0.5
        query       0   2
        context     1   0
                    1   0
                   -1   0      target  .  0

    bsuite has ``length`` 2 and ``bits`` 1 to 10, 12, 14, 17, 20, 25, 30, 40. Supervised, where bsuite pays an action;
    bsuite's code shows step 0 twice, which its text does not say and is left out here.
    """

    source = "Osband et al. 2020, experiment memory_size of bsuite"
    kind = "storage"
    small = Small(length=2, parameters={"bits": 2})

    bits: Annotated[int, Field(ge=1, le=1000)] = 10

    @property
    def inputs(self) -> Features:
        """Time left, query and context."""
        return Features(2 + self.bits)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time 2+bits``; one class a sequence at the last step."""
        return memory_chain(rng, batch, length, self.bits)

    def solve(self, inputs: Array) -> Array:
        """The sign of the bit that the query points at."""
        return queried_bit(inputs)

    def memoryless(self, length: int) -> float:
        """As guessing, but for a single step."""
        return without_memory(length)
