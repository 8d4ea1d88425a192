"""Planted: the last output is kept beside the state, and read."""

import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.registry import CELLS


@CELLS.register("undeclared_memory")
class UndeclaredMemory(Cell):
    """h' = tanh(x W + h U)."""

    source = "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.u = nn.Parameter(torch.empty(hidden, hidden))
        self.last = torch.zeros(1, hidden)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        (h,) = state
        h = torch.tanh(x @ self.w + h @ self.u + self.last.mean())
        self.last = h.detach()
        return h, (h,)
