"""Flip-flop language: a register of one bit that is written, left alone and read."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.errors import RnnbenchError
from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Small, Task, Tokens

WRITE, IGNORE, READ, ZERO = range(4)


@TASKS.register("flip_flop")
@dataclass(frozen=True, kw_only=True)
class FlipFlop(Task):
    """Which bit was written last? Bits that follow an ignore do not count.

    Instructions w, i, r (tokens 0, 1, 2) alternate with bits 0, 1 (tokens 3, 4), ``length`` tokens in all. The first
    instruction is w, the last is r; the others are i with probability ``ignore``, else w or r with equal probability.
    The bit after w or i is random, the bit after r is the one written last. Scored at each r: the bit that follows.
    Other bits cannot be known and are not scored (the source's clean mode). For instance::

        input    w 1 i 0 r 1 w 0 r 0
        target   . . . . 1 . . . 0 .

    Published length: 512, with ``ignore=0.8``; ``sparse`` and ``dense`` are the source's tests out of distribution.
    """

    source = "Liu et al. 2023b, Sec. 3"
    kind = "storage"
    presets = {"sparse": {"ignore": 0.98}, "dense": {"ignore": 0.1}}
    minimum_length = 4
    small = Small(length=10)

    ignore: Annotated[float, Field(ge=0, le=1)] = 0.8

    @property
    def inputs(self) -> Tokens:
        """Three instructions, two bits."""
        return Tokens(5)

    def check_length(self, length: int) -> None:
        """Refuse what does not hold whole pairs, the first of them w and the last r."""
        super().check_length(length)
        if length % 2:
            raise RnnbenchError(
                f"task {self.name!r} needs an even length, pairs of instruction and bit, got {length}; "
                f"take {length - 1} or {length + 1}."
            )

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time``, classes ``batch time``."""
        shape = (batch, length // 2)
        act = (1 - self.ignore) / 2
        instructions = rng.choice([WRITE, IGNORE, READ], size=shape, p=[act, self.ignore, act])
        instructions[:, 0], instructions[:, -1] = WRITE, READ
        bits = rng.integers(0, 2, size=shape)
        bits = np.where(instructions == READ, _register(instructions, bits), bits)
        tokens = np.stack([instructions, bits + ZERO], axis=2).reshape(batch, length)
        return Batch.at(tokens, self.solve(tokens), tokens == READ)

    def solve(self, inputs: Array) -> Array:
        """The register after every instruction; zero at bits, where nothing is asked."""
        targets = np.zeros_like(inputs)
        targets[:, ::2] = _register(inputs[:, ::2], inputs[:, 1::2] - ZERO)
        return targets

    def memoryless(self, length: int) -> float:
        """An r tells nothing of the bit."""
        return self.chance


def _register(instructions: Array, bits: Array) -> Array:
    """The bit written last, up to each instruction; all ``batch pair``."""
    steps = np.arange(instructions.shape[1])
    last = np.maximum.accumulate(np.where(instructions == WRITE, steps, 0), axis=1)
    return np.take_along_axis(bits, last, axis=1)
