"""Planted: a step divides by its input."""

import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.registry import CELLS


@CELLS.register("inverse_of_input")
class InverseOfInput(Cell):
    """h' = h / 2 + W / x."""

    source = "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        (h,) = state
        h = 0.5 * h + (1 / x) @ self.w
        return h, (h,)
