"""Planted: a constant in double precision makes the step one."""

import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.registry import CELLS


@CELLS.register("non_float32")
class NonFloat32(Cell):
    """h' = tanh(x W + h U)."""

    source = "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.u = nn.Parameter(torch.empty(hidden, hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        (h,) = state
        h = torch.tanh(x @ self.w + h @ self.u) * torch.ones(self.hidden, dtype=torch.float64)
        return h, (h,)
