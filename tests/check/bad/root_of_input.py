"""Planted: a step is finite on noughts, its derivative is not."""

import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.registry import CELLS


@CELLS.register("root_of_input")
class RootOfInput(Cell):
    """h' = tanh(h / 2 + |x W|), the norm by a root."""

    source = "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        (h,) = state
        h = torch.tanh(0.5 * h + torch.sqrt((x @ self.w) ** 2))
        return h, (h,)
