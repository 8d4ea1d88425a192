"""Majority: count, and say which side leads."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Small, Tokens

from ._running import running
from ._varied import VariedLength


@TASKS.register("majority")
@dataclass(frozen=True, kw_only=True)
class Majority(VariedLength):
    """Are there more ones than zeros?

    ``length`` uniform bits; class 1 if the ones are more than half. The answer is wanted at a blank (token 2) after the
    last bit (``form=tape``), where an even ``length`` is lowered by one, so that there is no tie and both classes are
    equally frequent. With ``cumulative`` it is wanted at every bit, over the bits so far, a tie being class 1::

        input   1 0 0 1 1 2    target  . . . . . 1
        input   1 0 0 1 1      target  1 1 0 1 1

    Zoology's majority at an even T is ``tape`` at ``length`` T - 1.
    """

    source = "Arora et al. 2024, zoology, circuits"
    kind = "state tracking"
    presets = {"cumulative": {"form": "cumulative"}}
    small = Small(length=9)

    form: Literal["tape", "cumulative"] = "tape"

    @property
    def inputs(self) -> Tokens:
        """Bits and, on a tape, the blank."""
        return Tokens(3 if self.form == "tape" else 2)

    def fitting(self, length: int) -> int:
        """Odd on a tape."""
        return length - (self.form == "tape" and length % 2 == 0)

    def span(self, length: int) -> int:
        """The blank is one more."""
        return self.fitting(length) + (self.form == "tape")

    def compose(self, rng: np.random.Generator, lengths: Array, time: int) -> Batch:
        """New bits."""
        inputs, scored, spans = running(rng, lengths, time, 2, every_step=self.form == "cumulative")
        return Batch.at(inputs, self.solve(inputs), scored, spans)

    def solve(self, inputs: Array) -> Array:
        """Whether the ones so far are at least as many as the zeros, ``batch time``."""
        lead = np.array([-1, 1, 0])[inputs].cumsum(axis=1)
        return np.asarray(lead >= 0)

    @property
    def class_balance(self) -> tuple[float, float]:
        """Equal on a tape; ties favour class 1."""
        lengths = self.possible(self.small.length)
        ties = np.zeros(lengths[-1])
        if self.form == "cumulative":
            ties[1::2] = _ties(lengths[-1])[1::2]
        ones = 0.5 + 0.5 * _mean(ties, lengths)
        return 1 - ones, ones

    def memoryless(self, length: int) -> float:
        """One half at a blank; a bit is right half the time, and more often by half the chance that it matters."""
        lengths = self.possible(length, "test")
        # It matters at an odd step if those before tie. At an even one a one is right more often if this step may tie.
        return 0.5 if self.form == "tape" else 0.5 + 0.5 * _mean(_ties(lengths[-1]), lengths)


def _ties(length: int) -> Array:
    """The probability of a tie after 0, 2, 2, 4, 4 ... bits: the even number at or below each of 1..``length``."""
    halves = np.arange(1, length // 2 + 1)
    after = np.concatenate([[1.0], np.cumprod((2 * halves - 1) / (2 * halves))])
    return after[np.arange(1, length + 1) // 2]


def _mean(values: Array, lengths: range) -> float:
    """The mean of ``values``, one a step, over all steps of sequences of ``lengths``."""
    return float(values.cumsum()[np.array(lengths) - 1].sum() / sum(lengths))
