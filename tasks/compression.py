"""Compression of the MAD tasks: every token from the state after the last, in any order."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.errors import RnnbenchError
from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Small, Task, Tokens


@TASKS.register("compression")
@dataclass(frozen=True, kw_only=True)
class Compression(Task):
    """Which token stood at the place that is asked, when every place is asked once, in random order?

    ``length`` is the source's T: T - 1 tokens drawn uniformly from 0..``vocabulary`` - 2, then the compress token
    ``vocabulary`` - 1. Then come T - 1 questions, one a step: token ``vocabulary`` + p asks for place p = 0..T - 2; the
    answer is the token that stood there, and every question is scored. So 2 T - 1 steps. Questions about places up to
    ``places`` - 1 have tokens, so that lengths may differ and the width of the input does not. With ``vocabulary`` 4
    and T = 4, where 4 5 6 ask for places 0 1 2::

        input   2 0 1 3 6 4 5      target  . . . . 1 2 0

    The source gives the state after the compress token, joined with an encoding of the place, to a two-layer
    perceptron, for each place alone. This contract has no decoder: the cell itself reads the questions one after the
    other, and the usual linear read-out answers. Random order keeps every place needed until it is asked; asked in
    order this would be a copy task. The state may change meanwhile; the source's does not.
    """

    source = "Poli et al. 2024, Sec. 3.1 (MAD: compression) and its code"
    kind = "storage"
    guessing = "1/15"
    minimum_length = 2
    presets = {"mad": {"vocabulary": 16}}
    small = Small(length=4, parameters={"vocabulary": 4, "places": 3})

    vocabulary: Annotated[int, Field(ge=2)] = 16
    places: Annotated[int, Field(ge=1)] = 255

    @property
    def inputs(self) -> Tokens:
        """Tokens, the compress token, questions; one-hot."""
        return Tokens(self.vocabulary + self.places)

    @property
    def answer(self) -> Classes:
        """The tokens."""
        return Classes(self.vocabulary - 1)

    def steps(self, length: int) -> int:
        """The sequence and a question for each of its tokens."""
        return 2 * length - 1

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Tokens ``batch 2*length-1``; the last ``length - 1`` steps are scored."""
        tokens = rng.integers(0, self.vocabulary - 1, size=(batch, length - 1))
        asked = rng.permuted(np.tile(np.arange(length - 1), (batch, 1)), axis=1)
        compress = np.full((batch, 1), self.vocabulary - 1)
        inputs = np.concatenate([tokens, compress, self.vocabulary + asked], axis=1)
        targets = np.concatenate([tokens, compress, np.take_along_axis(tokens, asked, axis=1)], axis=1)
        return Batch.at(inputs, targets, np.arange(2 * length - 1) >= length)

    def solve(self, inputs: Array) -> Array:
        """The token at the place that each step asks for."""
        return np.take_along_axis(inputs, np.maximum(inputs - self.vocabulary, 0), axis=1)

    def memoryless(self, length: int) -> float:
        """A question alone says nothing of the token."""
        return self.chance

    def check_length(self, length: int) -> None:
        """Refuse lengths with more places than there are questions for."""
        super().check_length(length)
        if length - 1 > self.places:
            raise RnnbenchError(
                f"task {self.name!r} needs length - 1 ≤ places, got length={length}, places={self.places}."
            )
