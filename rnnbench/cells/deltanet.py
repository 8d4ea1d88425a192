"""The delta network: a linear transformer that replaces what it kept under a key."""

from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbench.cell import Cell, State, assign
from rnnbench.errors import RnnbenchError
from rnnbench.parts.heads import dpfp, head_width, in_heads, outer, read, rms_norm, unit
from rnnbench.registry import CELLS


@CELLS.register("deltanet")
class DeltaNet(Cell):
    """S' = α S + β k (v − α Sᵀ k)ᵀ, y = norm(S'ᵀ q), β = σ(β̃), α = 1 or, ``gated``, exp(−exp(A) softplus(α̃)).

    q, k, v and a head's β̃ and α̃ are affine in x (the papers' are linear). ``features=silu``: q, k and v pass through
    silu, q and k have length one; ``dpfp``: r = relu([k, −k]), q and k become r_i r_(i+1) with sum one (Schlag's, with
    ``norm=none``; a query may then find exactly nothing). S has ``key · hidden`` numbers, whatever ``heads``. ``norm``
    is each head's root mean square; its gain is left to the read-out, convolutions and output gate are left out.
    """

    source = "Schlag et al. 2021, Sec. 4.2 and 5; Yang et al. 2024b, Sec. 3; gate: Yang et al. 2025, Sec. 3"
    kind = "matrix memory"
    presets = {"yang2024": {}, "yang2025": {"gated": True}}

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        heads: Annotated[int, Field(ge=1)] = 1,
        key: Annotated[int, Field(ge=1)] = 4,
        features: Literal["silu", "dpfp"] = "silu",
        norm: Literal["rms", "none"] = "rms",
        gated: bool = False,
    ) -> None:
        super().__init__(inputs, hidden)
        if features == "dpfp" and (key < 4 or key % 2):
            raise RnnbenchError(f"deltanet: features=dpfp needs an even key of at least 4, got {key}; choose key=4.")
        self.heads, self.key, self.features, self.norm, self.gated = heads, key, features, norm, gated
        self.width = head_width("deltanet", hidden, heads)
        projected = heads * (key // 2 if features == "dpfp" else key)
        self.widths = [projected, projected, hidden, heads, heads * gated]
        self.kernel = nn.Parameter(torch.empty(inputs, sum(self.widths)))
        self.bias = nn.Parameter(torch.empty(sum(self.widths)))
        self.a_log = nn.Parameter(torch.zeros(heads)) if gated else None

    def initial_state(self, batch: int) -> State:
        """``(S,)``, zero, ``batch key·hidden``."""
        return (torch.zeros(batch, self.key * self.hidden),)

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Uniform in ±1/sqrt(inputs), but exp(A) in (0, 16) and softplus of α̃'s bias log-uniform in (0.001, 0.1)."""
        bound = self.inputs**-0.5
        for parameter in (self.kernel, self.bias):
            assign(parameter, rng.uniform(-bound, bound, size=tuple(parameter.shape)))
        if self.a_log is not None:
            assign(self.a_log, np.log(rng.uniform(0, 16, self.heads)))
            pace = np.exp(rng.uniform(np.log(0.001), np.log(0.1), self.heads))
            assign(self.bias[-self.heads :], np.log(np.expm1(pace)))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is S, ``batch key·hidden``."""
        q, k, v, beta, alpha = torch.split(x @ self.kernel + self.bias, self.widths, -1)
        q, k, v = (in_heads(part, self.heads) for part in (q, k, v))
        q, k, v = (unit(q), unit(k), F.silu(v)) if self.features == "silu" else (dpfp(q), dpfp(k), v)
        memory = torch.unflatten(state[0], -1, (self.heads, self.key, self.width))
        if self.a_log is not None:
            decay = torch.exp(-torch.exp(self.a_log) * F.softplus(alpha))
            memory = decay.unsqueeze(-1).unsqueeze(-1) * memory
        memory = memory + outer(k, torch.sigmoid(beta).unsqueeze(-1) * (v - read(memory, k)))
        y = read(memory, q)
        y = rms_norm(y) if self.norm == "rms" else y
        return y.flatten(-2), (memory.flatten(1),)
