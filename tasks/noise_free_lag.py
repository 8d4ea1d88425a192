"""Long time lags without noise: Experiment 2 of the LSTM paper."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Small, Task, Tokens

LONGEST_SUFFIX = 100
"""2c draws k without bound; above 100 there are 0.9^101, 2.4 in 100,000 sequences: they are not drawn."""


@TASKS.register("noise_free_lag")
@dataclass(frozen=True, kw_only=True)
class NoiseFreeLag(Task):
    """Was the sequence opened with x or y? It ends with the same symbol.

    ``variant=2a``: x or y, then a_1, a_2, a_3 and so on; ``2b``: x or y, then symbols drawn from a_1 to a_(p-1). Both
    feed ``length`` steps, and the last asks which symbol comes next. Published is length = p, so that 2a shows each a
    once; beyond p it begins again with a_1 (ours). ``2c``: b, then x or y, then q + k symbols drawn from a_1 to a_p,
    then e, which asks; q is ``length``, k >= 0 has probability (9/10)^k / 10, so its mean is 9 (the paper's mean length
    of q + 14 symbols would make it 10). Class 0 is x, class 1 is y. With p=4::

        2a    input   y a1 a2 a3          target   . . . 1
        2b    input   x a2 a2 a1          target   . . . 0
        2c    input   b y a4 a1 a2 e      target   . . . . . 1

    Tokens: a_1 is 0, and so on; x and y are the last two, e and b (2c) come before them. In 2a and 2b the paper also
    trains on every other next symbol: trivial to know in 2a, unknowable in 2b. Only the end is scored here.
    """

    source = "Hochreiter & Schmidhuber 1997, Experiments 2a, 2b and 2c"
    kind = "latching"
    presets = {"2a": {"variant": "2a"}, "2b": {"variant": "2b"}, "2c": {"variant": "2c"}}
    small = Small(length=10, parameters={"p": 10})

    variant: Literal["2a", "2b", "2c"] = "2a"
    p: Annotated[int, Field(ge=2, le=100_000)] = 100

    @property
    def inputs(self) -> Tokens:
        """There are p + 1 symbols, p + 4 in 2c."""
        return Tokens(self.p + (4 if self.variant == "2c" else 1))

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time``; one class a sequence at its last step."""
        classes, (x, time) = rng.integers(0, 2, size=batch), (self.inputs.vocabulary - 2, self.steps(length))
        if self.variant != "2c":
            steps = np.arange(time)
            tokens = np.tile((steps - 1) % (self.p - 1), (batch, 1))
            if self.variant == "2b":
                tokens = rng.integers(0, self.p - 1, size=(batch, time))
            tokens[:, 0] = x + classes
            return Batch.at_end(tokens, classes)
        tokens = rng.integers(0, self.p, size=(batch, time))
        tokens[:, 0], tokens[:, 1] = x - 1, x + classes
        lengths = length + 3 + _suffix(rng, batch)
        ends = lengths[:, None] - 1
        tokens[np.arange(batch), lengths - 1] = x - 2
        tokens[np.arange(time) > ends] = 0
        return Batch.at(
            tokens, np.where(np.arange(time) == ends, classes[:, None], 0), np.arange(time) == ends, lengths
        )

    def steps(self, length: int) -> int:
        """The lag itself; in 2c the shortest lag, with b, x or y, e and the longest suffix."""
        return length + 3 + LONGEST_SUFFIX if self.variant == "2c" else length

    def solve(self, inputs: Array) -> Array:
        """Which of x and y was fed first or, after b, second."""
        return np.asarray(inputs[:, int(self.variant == "2c")] == self.inputs.vocabulary - 1)

    def memoryless(self, length: int) -> float:
        """Only the first step of 2a and 2b shows the answer."""
        return 1.0 if length == 1 and self.variant != "2c" else self.chance


def _suffix(rng: np.random.Generator, batch: int) -> Array:
    """k, geometric with 1/10, given that it is at most LONGEST_SUFFIX; by the inverse of the distribution."""
    covered = 1 - 0.9 ** (LONGEST_SUFFIX + 1)
    return np.floor(np.log1p(-covered * rng.random(batch)) / math.log(0.9)).astype(np.int64)
