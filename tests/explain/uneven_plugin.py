"""A task whose sequences differ in length and want two answers, and a cell whose decay is known."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.registry import CELLS, TASKS
from rnnbench.task import Array, Batch, Task


@TASKS.register("uneven")
@dataclass(frozen=True, kw_only=True)
class Uneven(Task):
    """Two answers, halfway and at the end of sequences that are up to four steps shorter than the longest."""

    source = "a test"

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """``lengths`` are even over length - 4 to length."""
        inputs: Array = rng.normal(size=(batch, length, 1))
        lengths = rng.integers(length - 4, length + 1, size=batch)
        time = np.arange(length)
        scored = (time == lengths[:, None] // 2) | (time == lengths[:, None] - 1)
        return Batch.at(inputs, rng.integers(2, size=(batch, length)), scored, lengths)


@CELLS.register("leak")
class Leak(Cell):
    """h = a h + w x, so that a step back multiplies every gradient by a."""

    source = "a test"

    def __init__(self, inputs: int, hidden: int, *, a: float = 0.8) -> None:
        super().__init__(inputs, hidden)
        self.a = a
        self.w = nn.Parameter(torch.empty(inputs, hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``."""
        (h,) = state
        h = self.a * h + x @ self.w
        return h, (h,)
