"""The minimal long short-term memory."""

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.registry import CELLS


@CELLS.register("minlstm")
class MinLSTM(Cell):
    """h' = f' h + i' (x W_h + b_h) with f' = f/(f + i), i' = i/(f + i): f = σ(x W_f + b_f), i = σ(x W_i + b_i).

    This is the plain form (the paper's Sec. 3.2.4), whose candidate is linear; its log-space form makes candidates
    positive. Weights stand in the order f, i, h. ``forget_bias`` sets b_f at the start (None: drawn like the rest).
    """

    source = "Feng et al. 2024, Sec. 3.2"
    kind = "gated"
    initialisation = frozenset({"forget_bias"})

    def __init__(self, inputs: int, hidden: int, *, forget_bias: float | None = None) -> None:
        super().__init__(inputs, hidden)
        self.forget_bias = forget_bias
        self.kernel = nn.Parameter(torch.empty(inputs, 3 * hidden))
        self.bias = nn.Parameter(torch.empty(3 * hidden))

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """U(±1/sqrt(hidden)); the forget bias overwrites what was drawn."""
        super().reset_parameters(rng)
        if self.forget_bias is not None:
            assign(self.bias[: self.hidden], self.forget_bias)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``, ``batch hidden``."""
        (h,) = state
        f, i, candidate = (x @ self.kernel + self.bias).chunk(3, dim=-1)
        f, i = torch.sigmoid(f), torch.sigmoid(i)
        h = f / (f + i) * h + i / (f + i) * candidate
        return h, (h,)
