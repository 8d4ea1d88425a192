"""Gated linear attention, as a recurrence."""

from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbench.cell import Cell, State, assign
from rnnbench.parts.heads import head_width, in_heads, outer, read, rms_norm
from rnnbench.registry import CELLS


@CELLS.register("gla")
class GLA(Cell):
    """S' = Diag(α) S + kᵀ v, o = q S' / sqrt(key), y = silu(r) ⊙ norm(o), with α = σ(α̃)^(1/τ) for each row of S.

    q, k, v, α̃ and r are affine in x (the paper's q, k and v are linear, and its α̃ has rank 16). S has ``key · hidden``
    numbers, whatever ``heads``. ``norm`` is none, or each head's root mean square as in the authors' code, steep where
    q S' is near nought; its gain and the output projection are left to the read-out.
    """

    source = "Yang et al. 2024a, Sec. 4.2 and 4.4"
    kind = "matrix memory"
    presets = {"plain": {}, "paper": {"norm": "rms"}}

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        heads: Annotated[int, Field(ge=1)] = 1,
        key: Annotated[int, Field(ge=1)] = 4,
        tau: Annotated[float, Field(gt=0)] = 16.0,
        norm: Literal["rms", "none"] = "none",
    ) -> None:
        super().__init__(inputs, hidden)
        self.heads, self.key, self.tau, self.norm = heads, key, tau, norm
        self.width = head_width("gla", hidden, heads)
        self.widths = [heads * key, heads * key, heads * key, hidden, hidden]
        self.kernel = nn.Parameter(torch.empty(inputs, sum(self.widths)))
        self.bias = nn.Parameter(torch.empty(sum(self.widths)))

    def initial_state(self, batch: int) -> State:
        """``(S,)``, zero, ``batch key·hidden``."""
        return (torch.zeros(batch, self.key * self.hidden),)

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Uniform in ±1/sqrt(inputs), as a linear layer of torch."""
        bound = self.inputs**-0.5
        for parameter in (self.kernel, self.bias):
            assign(parameter, rng.uniform(-bound, bound, size=tuple(parameter.shape)))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is S, ``batch key·hidden``."""
        q, k, alpha, v, r = torch.split(x @ self.kernel + self.bias, self.widths, -1)
        alpha = torch.exp(-F.softplus(-alpha) / self.tau)
        q, k, alpha, v = (in_heads(part, self.heads) for part in (q * self.key**-0.5, k, alpha, v))
        memory = torch.unflatten(state[0], -1, (self.heads, self.key, self.width))
        memory = alpha.unsqueeze(-1) * memory + outer(k, v)
        o = read(memory, q)
        o = rms_norm(o) if self.norm == "rms" else o
        return F.silu(r) * o.flatten(-2), (memory.flatten(1),)
