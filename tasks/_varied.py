"""What tasks share that are trained on sequences of many lengths and tested on longer ones."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rnnbench.errors import RnnbenchError
from rnnbench.task import Array, Batch, Purpose, Task


@dataclass(frozen=True, kw_only=True)
class VariedLength(Task):
    """A task whose sequences may differ in length, in training and between training and test.

    ``lengths`` says how long a sequence is, at most ``length``: exactly that (``fixed``), drawn for each sequence from
    1..``length`` (``uniform``) or from ``length / 2``..``length``, rounded up (``half``). Test sequences have exactly
    ``test_length``, where it is given: then validation is at the lengths of training, the test is not.
    """

    lengths: Literal["fixed", "half", "uniform"] = "fixed"
    test_length: Annotated[int, Field(ge=1)] | None = None

    @abstractmethod
    def compose(self, rng: np.random.Generator, lengths: Array, time: int) -> Batch:
        """One sequence for each of ``lengths`` (``batch``), padded with zeros to ``time`` steps."""

    def fitting(self, length: int) -> int:
        """The longest possible input not longer than ``length``: some tasks want it even, or odd."""
        return length

    def span(self, length: int) -> int:
        """Steps of a sequence with an input of ``length``."""
        return self.fitting(length)

    def possible(self, length: int, purpose: Purpose = "train") -> range:
        """The lengths of inputs that are drawn, each equally often, before :meth:`fitting`."""
        if purpose == "test" and self.test_length is not None:
            return range(self.test_length, self.test_length + 1)
        least = {"fixed": length, "half": (length + 1) // 2, "uniform": 1}[self.lengths]
        return range(max(least, self.minimum_length), length + 1)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Sequences as in training."""
        return self.draw(rng, batch, length, "train")

    def draw(self, rng: np.random.Generator, batch: int, length: int, purpose: Purpose) -> Batch:
        """Sequences of the lengths that ``purpose`` asks for, padded to the longest that is possible."""
        possible = self.possible(length, purpose)
        fitting = np.array([self.fitting(each) for each in possible])
        drawn = fitting[rng.integers(0, len(possible), size=batch)]
        return self.compose(rng, drawn, self.span(possible[-1]))

    def steps(self, length: int) -> int:
        """The longest of training and test."""
        return max(self.span(length), self.span(self.test_length or length))

    def check_length(self, length: int) -> None:
        """Both lengths must be possible."""
        super().check_length(length)
        if self.test_length is not None and self.test_length < self.minimum_length:
            raise RnnbenchError(
                f"task {self.name!r} needs test_length ≥ {self.minimum_length}, got test_length={self.test_length}."
            )
