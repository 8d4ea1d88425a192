"""Memory length: bsuite's test of how long one bit is kept."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Features, Small, Task

from ._memory_chain import memory_chain, queried_bit, without_memory


@TASKS.register("memory_length")
@dataclass(frozen=True, kw_only=True)
class MemoryLength(Task):
    """What was the one bit at the first step, when the time is up?

    An observation has three numbers: the share of time left, 1 - t / ``length``; the query, always 0 with one bit; and
    the context, +1 (class 1) or -1 (class 0) at step 0 and 0 after it. Only the last step is scored::

        time left   1  0.75  0.5  0.25
        query       0   0     0    0
        context    -1   0     0    0       target  .  .  .  0

    ``length`` is bsuite's ``memory_length``: 1 to 10, 12, 14, 17, 20, 25, 30 to 100 by tens. Supervised, where bsuite
    pays an action; bsuite's code shows step 0 twice, which its text does not say and is left out here.
    """

    source = "Osband et al. 2020, experiment memory_len of bsuite"
    kind = "latching"
    inputs = Features(3)
    small = Small(length=10)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time 3``; one class a sequence at the last step."""
        return memory_chain(rng, batch, length, bits=1)

    def solve(self, inputs: Array) -> Array:
        """The sign of the context."""
        return queried_bit(inputs)

    def memoryless(self, length: int) -> float:
        """As guessing, but for a single step."""
        return without_memory(length)
