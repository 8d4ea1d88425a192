"""Planted: each sequence sees the mean of its batch."""

import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.registry import CELLS


@CELLS.register("leak_across_batch")
class LeakAcrossBatch(Cell):
    """h' = tanh(x W + h U)."""

    source = "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.u = nn.Parameter(torch.empty(hidden, hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        (h,) = state
        h = torch.tanh(x @ self.w + h @ self.u)
        h = h - 0.1 * h.mean(dim=0, keepdim=True)
        return h, (h,)
