"""What the tasks share that say the symbols of a word again in another order."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.task import Array, Classes

from ._tape import Tape


@dataclass(frozen=True, kw_only=True)
class Rearrangement(Tape):
    """A word of uniform symbols 0..``symbols - 1`` goes in and comes out rearranged, as long as it was."""

    symbols: Annotated[int, Field(ge=2, le=1000)] = 2

    @property
    def answer(self) -> Classes:
        """The symbols."""
        return Classes(self.symbols)

    def output_length(self, length: int) -> int:
        """As long as the word."""
        return length

    def write(self, rng: np.random.Generator, lengths: Array) -> Array:
        """Uniform symbols."""
        return rng.integers(0, self.symbols, size=(len(lengths), lengths.max()))
