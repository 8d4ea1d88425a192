"""The minimal gated recurrent unit."""

import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.registry import CELLS


@CELLS.register("mingru")
class MinGRU(Cell):
    """h' = (1 − z) h + z (x W_h + b_h) with z = σ(x W_z + b_z): neither gate nor candidate sees the state.

    This is the plain form (the paper's Sec. 3.1.3), whose candidate is linear; its log-space form makes candidates
    positive. Weights stand in the order z, h, and start from U(±1/sqrt(hidden)).
    """

    source = "Feng et al. 2024, Sec. 3.1"
    kind = "gated"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.kernel = nn.Parameter(torch.empty(inputs, 2 * hidden))
        self.bias = nn.Parameter(torch.empty(2 * hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``, ``batch hidden``."""
        (h,) = state
        z, candidate = (x @ self.kernel + self.bias).chunk(2, dim=-1)
        z = torch.sigmoid(z)
        h = (1 - z) * h + z * candidate
        return h, (h,)
