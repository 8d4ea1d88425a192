"""Noiseless memorisation, as Pascanu and others posed it in 2013."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Small, Success, Task, Tokens


@TASKS.register("memorization")
@dataclass(frozen=True, kw_only=True)
class Memorization(Task):
    """Say the pattern of the beginning again, from the go cue on; until then, say blank.

    ``positions`` symbols, each one of ``values`` (tokens 0 to ``values`` - 1); blanks (``values``); the go cue
    (``values`` + 1) at step ``length`` + ``positions``, blanks after it: ``length`` + 2 ``positions`` steps. The
    pattern is wanted from the step of the cue on, a blank (class ``values``) at all steps before; every step is scored.
    ``values`` and ``positions`` are n_values and n_pos of the authors' code. With 2 values, 3 positions, length 2::

        input    1 0 1 2 2 3 2 2
        target   2 2 2 2 2 1 0 1

    The authors count a sequence as right if all its steps are, and stop below 1 % wrong; the metric here counts steps,
    so success asks for 99.99 %: one wrong step in a hundred sequences of 100 steps. Guessing is uniform over classes.
    Their code has 5 values at 10 positions; that the paper's 5 bits are 5 binary symbols is our reading.
    """

    source = "Pascanu et al. 2013, Sec. 4.1 and the authors' code (memorization.py)"
    kind = "storage"
    guessing = "1/6"
    presets = {"5bit": {"values": 2, "positions": 5}, "20bit": {"values": 5, "positions": 10}}
    small = Small(length=4, parameters={"values": 2, "positions": 3})

    values: Annotated[int, Field(ge=2, le=1000)] = 5
    positions: Annotated[int, Field(ge=1, le=1000)] = 10

    @property
    def inputs(self) -> Tokens:
        """Values, blank, go cue."""
        return Tokens(self.values + 2)

    @property
    def answer(self) -> Classes:
        """Values and blank."""
        return Classes(self.values + 1)

    @property
    def success(self) -> Success:
        """Beyond what blanks alone give at any length in use."""
        return Success("accuracy", 0.9999)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time``, classes ``batch time``."""
        tokens = np.full((batch, self.steps(length)), self.values)
        tokens[:, : self.positions] = rng.integers(0, self.values, size=(batch, self.positions))
        tokens[:, -self.positions] = self.values + 1
        return Batch.at(tokens, self.solve(tokens), np.array(True))

    def steps(self, length: int) -> int:
        """The published T is the time between pattern and cue; both patterns come on top."""
        return length + 2 * self.positions

    def solve(self, inputs: Array) -> Array:
        """Blanks, then the first ``positions`` tokens."""
        targets = np.full(inputs.shape, self.values)
        targets[:, -self.positions :] = inputs[:, : self.positions]
        return targets

    def memoryless(self, length: int) -> float:
        """All blanks right, the pattern by chance."""
        return (length + self.positions + self.positions / self.values) / self.steps(length)

    @property
    def class_balance(self) -> tuple[float, ...]:
        """Values, then the blank, at the length of :attr:`small`."""
        each = self.positions / self.values / self.steps(self.small.length)
        return (*(each,) * self.values, 1 - each * self.values)
