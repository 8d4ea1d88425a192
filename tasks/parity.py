"""Parity: the smallest state that every symbol may turn."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rnnbench.errors import RnnbenchError
from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Features, Small, Tokens

from ._running import running
from ._varied import VariedLength


@TASKS.register("parity")
@dataclass(frozen=True, kw_only=True)
class Parity(VariedLength):
    """Is the number of ones odd?

    ``length`` uniform bits; class 1 if the ones are odd in number. The bits are tokens, and the answer is wanted at a
    blank (token 2) after the last (``form=tape``) or is that so far, at every bit (``cumulative``)::

        input   1 0 1 1 2    target  . . . . 1
        input   1 0 1 1      target  1 1 0 1

    With ``form=signs`` a bit is a number, +1 for a one and -1 for a zero, each with noise uniform within
    ``noise_bound``; the answer is wanted at the last of them. Zoology's parity at T is ``tape`` at ``length`` T - 1.

    ``bengio``: signs, lengths of ``length / 2``..``length``, noise within 0.2 (also published without). ``chomsky``
    trains on lengths 1..``length`` (published: 40) and tests at 100; the paper averages over 41..500.
    """

    source = "Delétang et al. 2023, Parity Check"
    kind = "state tracking"
    presets = {
        "bengio": {"form": "signs", "lengths": "half", "noise_bound": 0.2},
        "cumulative": {"form": "cumulative"},
        "chomsky": {"lengths": "uniform", "test_length": 100},
    }
    preset_sources = {"bengio": "Bengio et al. 1994, Sec. V.E", "cumulative": "Arora et al. 2024, zoology, circuits"}
    small = Small(length=3)

    form: Literal["tape", "cumulative", "signs"] = "tape"
    noise_bound: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @property
    def inputs(self) -> Features | Tokens:
        """Tokens, or a number a step."""
        return Features(1) if self.form == "signs" else Tokens(3 if self.form == "tape" else 2)

    def span(self, length: int) -> int:
        """The blank is one more."""
        return length + (self.form == "tape")

    def compose(self, rng: np.random.Generator, lengths: Array, time: int) -> Batch:
        """New bits as ``form`` writes them."""
        inputs, scored, spans = running(rng, lengths, time, 2, every_step=self.form != "tape")
        if self.form == "signs":
            noise = rng.uniform(-self.noise_bound, self.noise_bound, size=inputs.shape)
            inputs = np.where(scored, 2.0 * inputs - 1.0 + noise, 0.0)[..., None]
            scored = np.arange(time) == lengths[:, None] - 1
        return Batch.at(inputs, self.solve(inputs), scored, spans)

    def solve(self, inputs: Array) -> Array:
        """The parity so far ``batch time``."""
        ones = inputs[..., 0] > 0 if self.form == "signs" else inputs == 1
        return ones.cumsum(axis=1) % 2

    def memoryless(self, length: int) -> float:
        """A bit alone is its own parity; otherwise one half."""
        lengths = np.array(self.possible(length, "test"))
        if self.form == "cumulative":
            return float((lengths + 1).sum() / (2 * lengths.sum()))
        return 0.5 + (0.5 * float(np.mean(lengths == 1)) if self.form == "signs" else 0.0)

    def check_length(self, length: int) -> None:
        """Tokens have no noise."""
        super().check_length(length)
        if self.noise_bound and self.form != "signs":
            raise RnnbenchError(
                f"task 'parity' has noise only with form=signs, got noise_bound={self.noise_bound:g}, form={self.form}."
            )
