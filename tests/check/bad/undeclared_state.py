"""Planted: a count of the steps is kept beside the state."""

import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.registry import CELLS


@CELLS.register("undeclared_state")
class UndeclaredState(Cell):
    """h' = tanh(x W + h U)."""

    source = "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.u = nn.Parameter(torch.empty(hidden, hidden))
        self.steps_so_far = 0

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        (h,) = state
        self.steps_so_far += 1
        h = torch.tanh(x @ self.w + h @ self.u)
        return h, (h,)
