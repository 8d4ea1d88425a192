"""A leaky cell."""

import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.registry import CELLS


@CELLS.register("leaky")
class Leaky(Cell):
    """h' = a h + (1 - a) tanh(x W + h U)."""

    source = "the example package of rnnbench, unpublished"
    kind = "vanilla"

    def __init__(self, inputs: int, hidden: int, *, a: float = 0.9) -> None:
        super().__init__(inputs, hidden)
        self.a = a
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.u = nn.Parameter(torch.empty(hidden, hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``, ``batch hidden``."""
        (h,) = state
        h = self.a * h + (1 - self.a) * torch.tanh(x @ self.w + h @ self.u)
        return h, (h,)
