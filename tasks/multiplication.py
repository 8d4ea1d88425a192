"""The multiplication problem: the adding problem's sister."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Features, Small, Success, Task, Values

from ._marked import HIDDEN, check, longest, marked_pairs


@TASKS.register("multiplication")
@dataclass(frozen=True, kw_only=True)
class Multiplication(Task):
    """What is the product of the two marked numbers?

    Each step is a value uniform from 0 to 1 and a mark, 1 at two steps and 0 elsewhere; the answer at the last step is
    the product X1 X2 of the marked values. Without the marks of -1, see below::

        value  0.5  0.2  0.9  0.4
        mark    1    0    1    0     target  .  .  .  0.45

    ``marks`` stand as in ``adding`` of the same name: ``hochreiter`` (the first and the last step bear -1; where the
    first mark would fall on step 0, X1 is 1) or ``pascanu``.

    Solved as there: Hochreiter's error of 0.04 as a mean square, which his runs did not quite reach (he stopped at 140
    and at 13 errors in 2,000 sequences); Pascanu's "1 % of squared errors above 0.04" as a mean square of 0.006.
    """

    source = "Hochreiter & Schmidhuber 1997, Sec. 5.5 (Experiment 5)"
    kind = "arithmetic"
    guessing = "mse 0.0577"
    minimum_length = 10
    inputs = Features(2)
    answer = Values(1)
    presets = {"hochreiter": {"marks": "hochreiter"}, "pascanu": {"marks": "pascanu"}}
    preset_sources = {"pascanu": "Pascanu et al. 2013, supplement (multiplication problem), lengths as in its code"}
    small = Small(length=11)

    marks: Literal["hochreiter", "pascanu"] = "hochreiter"

    @property
    def success(self) -> Success:
        """The source's own, see the class."""
        return Success("mse", 0.0016 if self.marks == "hochreiter" else 0.006)

    def steps(self, length: int) -> int:
        """``length`` is the published T; up to a tenth more are drawn."""
        return longest(self.marks, length)

    def check_length(self, length: int) -> None:
        """Room for both marks."""
        check("multiplication", self.marks, length)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time 2``; one number a sequence at its last step."""
        inputs, lengths, last = marked_pairs(rng, self.marks, 0.0, batch, length)
        return Batch.at(inputs, self.solve(inputs), last, lengths)

    def solve(self, inputs: Array) -> Array:
        """The answer, were each step the last: ``batch time 1``."""
        return np.asarray(np.where(inputs[..., 1:] == 1.0, inputs[..., :1], 1.0).cumprod(axis=1))

    @property
    def chance(self) -> float:
        """Variance of a product of two values, or of one where step 0 hides a mark."""
        hidden = HIDDEN if self.marks == "hochreiter" else 0.0
        mean, square = hidden / 2 + (1 - hidden) / 4, hidden / 3 + (1 - hidden) / 9
        return square - mean**2

    def memoryless(self, length: int) -> float:
        """As guessing: the last step is never marked, and its time tells nothing."""
        return self.chance
