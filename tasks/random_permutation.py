"""Random permutation: a discrete latch among a hundred symbols."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Small, Task, Tokens


@TASKS.register("random_permutation")
@dataclass(frozen=True, kw_only=True)
class RandomPermutation(Task):
    """Which of two symbols came first? Everything after it is one of the others.

    The first of ``length`` symbols is 0 or 1, the rest are uniform in 2..``symbols`` - 1, with repetitions in spite of
    the name. The sequence would go on with its first symbol again, which is the answer at the last step::

        input   1 57  2 57      target  .  .  .  1

    The source's read-out has ``symbols`` outputs of which all but two are never right; here it has these two. Solved:
    at most 1 % wrong, as in the source. Hochreiter & Schmidhuber's Experiment 2b is its model.
    """

    source = "Pascanu et al. 2013, supplement (random permutation), first symbol as in its code"
    kind = "latching"
    minimum_length = 2
    small = Small(length=10)

    symbols: Annotated[int, Field(ge=3, le=10_000)] = 100

    @property
    def inputs(self) -> Tokens:
        """One-hot symbols."""
        return Tokens(self.symbols)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Tokens ``batch time``; one class a sequence at the last step."""
        tokens = rng.integers(2, self.symbols, size=(batch, length))
        tokens[:, 0] = rng.integers(0, 2, size=batch)
        return Batch.at_end(tokens, tokens[:, 0])

    def solve(self, inputs: Array) -> Array:
        """The first symbol."""
        return inputs[:, 0]

    def memoryless(self, length: int) -> float:
        """As guessing: no later symbol tells of the first."""
        return 0.5
