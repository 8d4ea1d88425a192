"""The matrix long short-term memory of xLSTM."""

from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbench.cell import Cell, State, assign
from rnnbench.parts.heads import head_width, in_heads, outer, read
from rnnbench.registry import CELLS


@CELLS.register("mlstm")
class MLSTM(Cell):
    """C' = f C + i v kᵀ, n' = f n + i k, h = σ(o) C' q / max(|n'ᵀ q|, 1) with i = exp(ĩ), f = σ(f̃) or exp(f̃).

    q, k, v, o and one ĩ and f̃ a head are affine in x; k is divided by sqrt(``key``). To keep numbers small,
    m' = max(log f + m, ĩ); i and f are used as exp(ĩ − m') and exp(log f + m − m'), the 1 as exp(−m'): h stays as it
    is. C (kept transposed) has ``key · hidden`` numbers, whatever ``heads``. The block around it (convolution, norm,
    gate, projections) is left out.
    """

    source = "Beck et al. 2024, Sec. 2.3 and App. A.3; initial gates: the authors' code"
    kind = "matrix memory"

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        heads: Annotated[int, Field(ge=1)] = 1,
        key: Annotated[int, Field(ge=1)] = 4,
        forget: Literal["sigmoid", "exponential"] = "sigmoid",
    ) -> None:
        super().__init__(inputs, hidden)
        self.heads, self.key, self.forget = heads, key, forget
        self.width = head_width("mlstm", hidden, heads)
        self.widths = [heads * key, heads * key, hidden, hidden, heads, heads]
        self.kernel = nn.Parameter(torch.empty(inputs, sum(self.widths)))
        self.bias = nn.Parameter(torch.empty(sum(self.widths)))

    def initial_state(self, batch: int) -> State:
        """``(C, n, m)``, all zero, ``batch key·hidden``, ``batch heads·key`` and ``batch heads``."""
        widths = (self.key * self.hidden, self.heads * self.key, self.heads)
        return tuple(torch.zeros(batch, width) for width in widths)

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Uniform in ±1/sqrt(inputs), but i and f see no x at first, with biases from N(0, 0.01) and evenly 3 to 6."""
        bound = self.inputs**-0.5
        for parameter in (self.kernel, self.bias):
            assign(parameter, rng.uniform(-bound, bound, size=tuple(parameter.shape)))
        assign(self.kernel[:, -2 * self.heads :], 0.0)
        assign(self.bias[-2 * self.heads : -self.heads], rng.normal(0, 0.1, self.heads))
        assign(self.bias[-self.heads :], np.linspace(3.0, 6.0, self.heads))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is as :meth:`initial_state` has it."""
        q, k, v, o, i, f = torch.split(x @ self.kernel + self.bias, self.widths, -1)
        q, k, v, n = (in_heads(part, self.heads) for part in (q, k * self.key**-0.5, v, state[1]))
        kept = (f if self.forget == "exponential" else -F.softplus(-f)) + state[2]
        m = torch.maximum(kept, i)
        i, f = torch.exp(i - m).unsqueeze(-1), torch.exp(kept - m).unsqueeze(-1)
        c = f.unsqueeze(-1) * torch.unflatten(state[0], -1, (self.heads, self.key, self.width)) + outer(i * k, v)
        n = f * n + i * k
        scale = torch.maximum((n * q).sum(-1).abs(), torch.exp(-m)).unsqueeze(-1)
        h = torch.sigmoid(o) * (read(c, q) / scale).flatten(-2)
        return h, (c.flatten(1), n.flatten(1), m)
