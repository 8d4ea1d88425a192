"""The task my_task."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Small, Task, Tokens


@TASKS.register("my_task")
@dataclass(frozen=True, kw_only=True)
class MyTask(Task):
    """Which symbol came first?

    ``length`` symbols are drawn, each of 0..``symbols - 1`` as likely; at the last step the first is wanted. With four
    symbols::

        input   2 0 3 3      target  . . . 2
    """

    # Who defined it: authors and year, then where. It is printed with every result.
    source = "Yourself, unpublished"
    # What is tested: latching, arithmetic, order, storage, recall, state tracking, formal language, real data, other.
    kind = "latching"
    # `chance` at the defaults, as a person writes it; for an answer in numbers "mse 0.167".
    guessing = "1/4"
    # A shape that a small cell learns in seconds: `rnnbench check` and smoke tests use it.
    small = Small(length=5)

    # Parameters, `my_task:symbols=8` on the command line. The annotation says which values there are.
    symbols: Annotated[int, Field(ge=2, le=1000)] = 4

    @property
    def inputs(self) -> Tokens:
        """One symbol a step. `Features(2)` would be two numbers a step."""
        return Tokens(self.symbols)

    @property
    def answer(self) -> Classes:
        """One of so many classes. `Values(1)` would be a number; then define `chance` and `success` too."""
        return Classes(self.symbols)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Tokens ``batch time``; one class a sequence at its last step."""
        # All randomness is from `rng`, and all sequences are drawn at once. Several answers a sequence: `Batch.at`.
        tokens = rng.integers(0, self.symbols, size=(batch, length))
        return Batch.at_end(tokens, tokens[:, 0])

    def solve(self, inputs: Array) -> Array:
        """The right answers, from the inputs alone."""
        return np.asarray(inputs[:, 0])

    def memoryless(self, length: int) -> float:
        """What the present symbol and the time tell: all in a sequence of one step, else nothing."""
        return 1.0 if length == 1 else self.chance
