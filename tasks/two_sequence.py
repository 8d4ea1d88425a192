"""The 2-sequence problem: signal and noise on one line."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rnnbench.errors import RnnbenchError
from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Purpose, Success, Task, Values

from ._signal import VARIANCE, keyed, keys, signalled


@TASKS.register("two_sequence")
@dataclass(frozen=True, kw_only=True)
class TwoSequence(Task):
    """Did the first elements belong to the one class or to the other? Noise follows on the same line.

    The first N = ``signals`` elements are +1 (class 1) or -1 (class 0); the others are normal with mean 0 and variance
    0.2. A sequence has U{T..T + T // 10} steps at length T, the last is scored. With N = 2 and noise of 0::

        input   1  1  0  0      target  .  .  .  1
        input  -1 -1  0  0      target  .  .  .  0

    ``experiment`` names what else holds:

    - ``3a``: nothing. The source wants no error in 256 sequences, here 0.99 as everywhere.
    - ``3b``: the noise lies on the signal too. Solved: fewer than 6 errors in 256 sequences.
    - ``3c``: signal as in 3a, but the answer is a number, 0.2 for class 1 and 0.8 for class 0, on which training
      targets have noise of variance 0.1. Validation and test sequences have none, save validation sequences split from
      a fixed data set. Solved: an error of 0.015 as a mean square (the source's is the mean absolute error).
    - ``bengio``: each class has a key of N numbers, drawn once for all from U[-1, 1]; a sequence has U{T // 2..T}
      steps, at least 2, begins with the first n elements of its key and goes on with zeros; noise from U[-0.2, 0.2]
      lies on every element. The source says that n varies; U{1..N}, at most all steps but the last, is our choice, and
      so are keys whose first elements differ by more than noise can hide.
    """

    source = "Hochreiter & Schmidhuber 1997, Sec. 5.3 (Experiment 3)"
    kind = "latching"
    minimum_length = 2
    presets = {
        "3a": {"experiment": "3a"},
        "3b": {"experiment": "3b"},
        "3c": {"experiment": "3c"},
        "bengio": {"experiment": "bengio"},
    }
    preset_sources = {"bengio": "Bengio et al. 1994, Sec. V.E.2"}

    experiment: Literal["3a", "3b", "3c", "bengio"] = "3a"
    signals: Annotated[int, Field(ge=1, le=1000)] = 3

    @property
    def answer(self) -> Classes | Values:
        """Two classes; in 3c a number."""
        return Values(1) if self.experiment == "3c" else Classes(2)

    @property
    def success(self) -> Success:
        """The source's own, see the class."""
        if self.experiment == "3c":
            return Success("mse", 0.015**2)
        return Success("accuracy", 251 / 256 if self.experiment == "3b" else 0.99)

    def steps(self, length: int) -> int:
        """``length`` is the published T: the shortest of 3a to 3c, the longest of ``bengio``."""
        return length if self.experiment == "bengio" else length + length // 10

    def check_length(self, length: int) -> None:
        """At least one step after the signal."""
        if length <= self.signals:
            raise RnnbenchError(
                f"task 'two_sequence' needs length > signals, got length={length}, signals={self.signals}."
            )

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time 1``; one class or number a sequence at its last step, numbers without noise."""
        time = self.steps(length)
        shortest = max(2, length // 2) if self.experiment == "bengio" else length
        lengths = rng.integers(shortest, time + 1, size=(batch, 1))
        classes = rng.integers(0, 2, size=(batch, 1))
        if self.experiment == "bengio":
            line = keyed(rng, classes, self.signals, lengths, time)
        else:
            line = signalled(rng, classes, self.signals, self.experiment == "3b", time)
        inputs = np.where(np.arange(time) < lengths, line, 0.0)
        answers = 0.8 - 0.6 * classes[..., None] if self.experiment == "3c" else classes
        targets = np.repeat(answers, time, axis=1)
        return Batch.at(inputs[..., None], targets, np.arange(time) == lengths - 1, lengths[:, 0])

    def draw(self, rng: np.random.Generator, batch: int, length: int, purpose: Purpose) -> Batch:
        """As :meth:`sample`; in 3c with noise on training targets."""
        drawn = self.sample(rng, batch, length)
        if self.experiment == "3c" and purpose == "train":
            noise = rng.normal(0.0, math.sqrt(0.1), size=drawn.targets.shape)
            return Batch.at(drawn.inputs, drawn.targets + noise, drawn.scored, drawn.lengths)
        return drawn

    def solve(self, inputs: Array) -> Array:
        """The sign of the signal's sum; of ``bengio``, the key whose first element is nearer."""
        if self.experiment == "bengio":
            first, second = keys(1)[:, 0]
            return np.asarray(abs(inputs[:, 0, 0] - first) > abs(inputs[:, 0, 0] - second))
        classes = inputs[:, : self.signals, 0].sum(axis=1) > 0
        if self.experiment != "3c":
            return np.asarray(classes)
        return np.broadcast_to(0.8 - 0.6 * classes[:, None, None], inputs.shape).copy()

    @property
    def oracle_accuracy(self) -> float:
        """In 3b noise can outweigh the signal: Φ(sqrt(N / 0.2))."""
        if self.experiment != "3b":
            return 1.0
        return 0.5 * math.erfc(-math.sqrt(self.signals / VARIANCE / 2.0))

    @property
    def chance(self) -> float:
        """One class of two; in 3c the variance of 0.2 and 0.8."""
        return 0.09 if self.experiment == "3c" else 0.5

    def memoryless(self, length: int) -> float:
        """As guessing: the last step is noise."""
        return self.chance
