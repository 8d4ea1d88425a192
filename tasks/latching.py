"""Information latching, as rebuilt in 2018 from Bengio, Simard & Frasconi 1994."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Small, Task


@TASKS.register("latching")
@dataclass(frozen=True, kw_only=True)
class Latching(Task):
    """Was the first element high or low? Everything after it is noise.

    The first element is +1 (class 1) or -1 (class 0), all others 0; then noise of standard deviation ``noise`` is
    added to every element, the first included. Only the last step is scored. Without noise::

        input   1  0  0  0      target  .  .  .  1
        input  -1  0  0  0      target  .  .  .  0

    ``order=sorted`` puts the positive half first, as the data of 2018 had it; ``random`` draws each class.
    """

    source = "stats.stackexchange.com/questions/340898 (2018), after Bengio et al. 1994, Sec. II and Fig. 2"
    kind = "latching"
    presets = {"2018": {"noise": 0.1, "order": "sorted"}}
    small = Small(length=10)

    noise: Annotated[float, Field(ge=0, lt=10)] = 0.1
    order: Literal["random", "sorted"] = "random"

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time 1``; one class a sequence at the last step."""
        drawn = rng.integers(0, 2, size=batch)
        classes = drawn if self.order == "random" else (np.arange(batch) < batch // 2).astype(np.int64)
        inputs = rng.normal(0.0, self.noise, size=(batch, length, 1))
        inputs[:, 0, 0] += 2.0 * classes - 1.0
        return Batch.at_end(inputs, classes)

    def solve(self, inputs: Array) -> Array:
        """The sign of the first element."""
        return np.asarray(inputs[:, 0, 0] > 0)

    @property
    def oracle_accuracy(self) -> float:
        """Probability that noise does not flip the sign of the first element."""
        return 1.0 if self.noise == 0 else 0.5 * (1.0 + math.erf(1.0 / self.noise / math.sqrt(2.0)))

    def memoryless(self, length: int) -> float:
        """As guessing, but for a single step, which is the signal itself."""
        return self.oracle_accuracy if length == 1 else 0.5

    @property
    def class_balance(self) -> tuple[float, ...]:
        """Half and half, also when sorted: of an odd number of sequences one more is of class 0."""
        return (0.5, 0.5)
