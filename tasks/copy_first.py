"""Copy the first input: the benchmark that bistable recurrent cells were built for."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Small, Success, Task, Values


@TASKS.register("copy_first")
@dataclass(frozen=True, kw_only=True)
class CopyFirst(Task):
    """What number came first?

    All ``length`` elements are standard normal, drawn independently; the answer at the last step is the first one::

        input   0.3 -1.2  0.8      target  .  .  0.3

    The source reports errors only; solved here is a mean squared error of 0.01, a hundredth of the answer's variance.
    """

    source = "Vecoven et al. 2020, benchmark 1 (copy first input)"
    kind = "latching"
    guessing = "mse 1"
    minimum_length = 2
    answer = Values(1)
    success = Success("mse", 0.01)
    small = Small(length=5)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time 1``; one number a sequence at the last step."""
        inputs = rng.normal(size=(batch, length, 1))
        return Batch.at(inputs, self.solve(inputs), np.arange(length) == length - 1)

    def solve(self, inputs: Array) -> Array:
        """The first number at every step, ``batch time 1``."""
        return np.broadcast_to(inputs[:, :1], inputs.shape).copy()

    @property
    def chance(self) -> float:
        """Variance of a standard normal."""
        return 1.0

    def memoryless(self, length: int) -> float:
        """As guessing: the last element is independent of the first."""
        return 1.0
