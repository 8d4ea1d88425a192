"""Induction heads as a task: what came after the special token the first time?"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Small, Task, Tokens


@TASKS.register("induction")
@dataclass(frozen=True, kw_only=True)
class Induction(Task):
    """Which token came after the special one, when the special one comes again at the end?

    ``length`` tokens, drawn uniformly from 0..``vocabulary`` - 2. The special token, ``vocabulary`` - 1, stands at one
    place, uniform among all but the last two, and again at the last step; there the answer is the token that came
    after it the first time. With ``vocabulary`` 5::

        input   2 4 3 0 2 4      target  . . . . . 3

    The vocabulary includes the special token, and ``length`` both of its appearances: the source is silent on both.
    """

    source = "Fu et al. 2023, Sec. 3.1, Table 1 (induction head), after Olsson et al. 2022"
    kind = "recall"
    guessing = "1/19"
    minimum_length = 3
    presets = {"h3": {"vocabulary": 20}, "mamba": {"vocabulary": 16}}
    preset_sources = {"mamba": "Gu & Dao 2023, Sec. 4.1.2 (trained at 256, tested up to 2^20)"}
    small = Small(length=8, parameters={"vocabulary": 5})

    vocabulary: Annotated[int, Field(ge=3)] = 20

    @property
    def inputs(self) -> Tokens:
        """Ordinary tokens and the special one; one-hot."""
        return Tokens(self.vocabulary)

    @property
    def answer(self) -> Classes:
        """The ordinary tokens."""
        return Classes(self.vocabulary - 1)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Tokens ``batch length``; one class a sequence at the last step."""
        inputs = rng.integers(0, self.vocabulary - 1, size=(batch, length))
        rows, places = np.arange(batch), rng.integers(0, length - 2, size=batch)
        inputs[rows, places] = inputs[:, -1] = self.vocabulary - 1
        return Batch.at_end(inputs, inputs[rows, places + 1])

    def solve(self, inputs: Array) -> Array:
        """The token after the first special one."""
        places = np.argmax(inputs == self.vocabulary - 1, axis=1)
        return np.asarray(inputs[np.arange(len(inputs)), places + 1])

    def memoryless(self, length: int) -> float:
        """The last input is always the same."""
        return self.chance
