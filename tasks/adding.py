"""The adding problem: the most used test of long lags with real numbers."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Features, Success, Task, Values

from ._marked import HIDDEN, Marks, check, longest, marked_pairs

SCALES = {"sum": (0.0, 1.0), "average": (0.0, 0.5), "scaled": (0.5, 0.25)}
"""Offset and factor of the sum."""
SOLVED = {"sum": 0.0064, "average": 0.006, "scaled": 0.0016}


@TASKS.register("adding")
@dataclass(frozen=True, kw_only=True)
class Adding(Task):
    """What do the two marked numbers add up to?

    Each step is a value uniform from ``low`` to 1 and a mark, 1 at two steps and 0 elsewhere; the answer at the last
    step is the sum X1 + X2 of the marked values, their ``average``, or ``scaled``: 0.5 + (X1 + X2) / 4::

        value  0.5  0.2  0.9  0.4
        mark    0    1    0    1     target  .  .  .  0.6

    ``marks`` at length T, steps counted from 0:

    - ``halves``: one in 0..h-1, one in h..2h-1, h = T // 2; a sequence has T steps.
    - ``anywhere``: two different steps of T.
    - ``pascanu``: L uniform in T..T + T // 10 - 1 (only T below 20); one in the first L // 10 steps, one in the next
      4 L // 10; the last is step L - 1. Their code draws one L a minibatch, here each sequence has its own.
    - ``hochreiter``: L uniform in T..T + T // 10; one in 0..9, then one among the first T // 2 - 1 steps not marked
      yet, step 0 left out: its mark is -1, and so is the last step's. Where the first mark would fall on step 0, that
      mark stays -1 and X1 is 0.

    Solved: Hochreiter's error of 0.04 as a mean square (twice the error for the sum, whose range is twice as wide);
    Pascanu's "1 % of squared errors above 0.04", which normal errors of mean square 0.006 have.
    """

    source = "Hochreiter & Schmidhuber 1997, Sec. 5.4 (Experiment 4)"
    kind = "arithmetic"
    guessing = "mse 0.167"
    minimum_length = 2
    inputs = Features(2)
    answer = Values(1)
    presets = {
        "hochreiter": {"marks": "hochreiter", "low": -1, "total": "scaled"},
        "arjovsky": {"marks": "halves", "low": 0, "total": "sum"},
        "tcn": {"marks": "anywhere", "low": 0, "total": "sum"},
        "pascanu": {"marks": "pascanu", "low": 0, "total": "average"},
    }
    preset_sources = {
        "arjovsky": "Arjovsky et al. 2016, Sec. 5.2, marks as in its code",
        "tcn": "Bai et al. 2018, Sec. 4, marks as in its code",
        "pascanu": "Pascanu et al. 2013, supplement (addition problem), lengths as in its code",
    }

    marks: Marks = "halves"
    low: Literal[-1, 0] = 0
    total: Literal["sum", "average", "scaled"] = "sum"

    @property
    def success(self) -> Success:
        """By the scale of the answer, see the class."""
        return Success("mse", SOLVED[self.total])

    def steps(self, length: int) -> int:
        """``length`` is the published T; some variants draw up to a tenth more."""
        return longest(self.marks, length)

    def check_length(self, length: int) -> None:
        """Room for both marks."""
        check("adding", self.marks, length)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time 2``; one number a sequence at its last step."""
        inputs, lengths, last = marked_pairs(rng, self.marks, self.low, batch, length)
        return Batch.at(inputs, self.solve(inputs), last, lengths)

    def solve(self, inputs: Array) -> Array:
        """The answer, were each step the last: ``batch time 1``."""
        offset, factor = SCALES[self.total]
        sums = np.where(inputs[..., 1:] == 1.0, inputs[..., :1], 0.0).cumsum(axis=1)
        return np.asarray(offset + factor * sums)

    @property
    def chance(self) -> float:
        """Variance of the answer: two marked values, or one where step 0 hides a mark."""
        hidden = HIDDEN if self.marks == "hochreiter" else 0.0
        mean = (1 + self.low) / 2
        return float(SCALES[self.total][1] ** 2 * ((2 - hidden) * self._spread + hidden * (1 - hidden) * mean**2))

    def memoryless(self, length: int) -> float:
        """Less than guessing only as far as the last step itself can be marked."""
        here = 2 / length if self.marks == "anywhere" else 0.0
        if self.marks == "halves" and length % 2 == 0:
            here = 2 / length
        return float(self.chance - here * SCALES[self.total][1] ** 2 * self._spread)

    @property
    def _spread(self) -> float:
        """Variance of one value."""
        return (1 - self.low) ** 2 / 12
