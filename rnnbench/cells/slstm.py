"""The scalar long short-term memory of xLSTM."""

from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbench.cell import Cell, State, assign
from rnnbench.parts.heads import head_width
from rnnbench.registry import CELLS


@CELLS.register("slstm")
class SLSTM(Cell):
    """c' = f c + i tanh(z), n' = f n + i, h' = σ(o) c'/n' with i = exp(ĩ), f = σ(f̃) or exp(f̃).

    To keep numbers small, m' = max(log f + m, ĩ); i and f are used as exp(ĩ − m') and exp(log f + m − m'): h stays
    as it is. Gates stand in the order i, f, z, o of x W + h R + b; R mixes within each of ``heads`` heads only. The
    bias of f starts evenly from 3 to 6, all else uniform in ±1/sqrt(hidden). The block around it (convolution, norm,
    projections) is left out.
    """

    source = "Beck et al. 2024, Sec. 2.2 and App. A.2"
    kind = "gated"

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        heads: Annotated[int, Field(ge=1)] = 1,
        forget: Literal["sigmoid", "exponential"] = "sigmoid",
    ) -> None:
        super().__init__(inputs, hidden)
        self.heads, self.forget = heads, forget
        width = head_width("slstm", hidden, heads)
        self.kernel = nn.Parameter(torch.empty(inputs, 4 * hidden))
        self.recurrent = nn.Parameter(torch.empty(heads, width, 4 * width))
        self.bias = nn.Parameter(torch.empty(4 * hidden))

    def initial_state(self, batch: int) -> State:
        """``(h, c, n, m)``, all zero, ``batch hidden``."""
        return tuple(torch.zeros(batch, self.hidden) for _ in range(4))

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Uniform in ±1/sqrt(hidden); the forget bias overwrites what was drawn."""
        super().reset_parameters(rng)
        assign(self.bias[self.hidden : 2 * self.hidden], np.linspace(3.0, 6.0, self.hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h, c, n, m)``, each ``batch hidden``."""
        h, c, n, m = state
        mixed = [(part @ r).chunk(4, -1) for part, r in zip(h.chunk(self.heads, -1), self.recurrent, strict=True)]
        own = (x @ self.kernel + self.bias).chunk(4, -1)
        i, f, z, o = (a + torch.cat(parts, -1) for a, parts in zip(own, zip(*mixed, strict=True), strict=True))
        kept = (f if self.forget == "exponential" else -F.softplus(-f)) + m
        m = torch.maximum(kept, i)
        i, f = torch.exp(i - m), torch.exp(kept - m)
        c, n = f * c + i * torch.tanh(z), f * n + i
        h = torch.sigmoid(o) * c / n
        return h, (h, c, n, m)
