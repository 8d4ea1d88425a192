"""Mamba: a state space whose step, input and output matrix depend on the input."""

import math
from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbench.cell import Cell, State, assign
from rnnbench.registry import CELLS


@CELLS.register("mamba")
class Mamba(Cell):
    """h' = exp(Δ A) h + Δ B u, y = (C h' + D u) silu(x W_z), with Δ = softplus(u W_Δ + b_Δ), B = u W_B, C = u W_C (S6).

    u is silu of a causal convolution over the last ``convolution`` steps of x W_u (1 leaves the past out). The block's
    input projection, convolution and gate are in it; norm and skip are not, its output projection is the read-out.
    ``hidden`` is the block's inner width, and each unit has ``state`` numbers. W_Δ has rank ceil(hidden/16).
    """

    source = "Gu & Dao 2023, Sec. 3.2 to 3.6; initial values: the authors' code"
    kind = "state space"
    presets = {"small": {}, "paper": {"state": 16}}

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        state: Annotated[int, Field(ge=1)] = 8,
        convolution: Annotated[int, Field(ge=1)] = 4,
    ) -> None:
        super().__init__(inputs, hidden)
        self.state, self.convolution, self.rank = state, convolution, math.ceil(hidden / 16)
        self.w_u, self.w_z = (nn.Parameter(torch.empty(inputs, hidden)) for _ in range(2))
        self.w_conv, self.b_conv = nn.Parameter(torch.empty(convolution, hidden)), nn.Parameter(torch.empty(hidden))
        self.w_down, self.w_delta = (
            nn.Parameter(torch.empty(shape)) for shape in ((hidden, self.rank), (self.rank, hidden))
        )
        self.w_b, self.w_c = (nn.Parameter(torch.empty(hidden, state)) for _ in range(2))
        self.b_delta, self.d = (nn.Parameter(torch.empty(hidden)) for _ in range(2))
        self.a_log = nn.Parameter(torch.zeros(state, hidden))

    def initial_state(self, batch: int) -> State:
        """h, ``batch state·hidden``, and the inputs of earlier steps, oldest first, ``batch hidden`` each; zero."""
        past = (torch.zeros(batch, self.hidden) for _ in range(self.convolution - 1))
        return torch.zeros(batch, self.state * self.hidden), *past

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """A_n = −n, D = 1, softplus(b_Δ) log-uniform in (0.001, 0.1); the rest uniform in ±1/sqrt(fan-in)."""
        for parameter in (self.w_u, self.w_z, self.w_conv, self.w_down, self.w_delta, self.w_b, self.w_c):
            bound = len(parameter) ** -0.5
            assign(parameter, rng.uniform(-bound, bound, size=tuple(parameter.shape)))
        bound = self.convolution**-0.5
        assign(self.b_conv, rng.uniform(-bound, bound, self.hidden))
        delta = np.exp(rng.uniform(np.log(0.001), np.log(0.1), self.hidden))
        assign(self.b_delta, np.log(np.expm1(delta)))
        assign(self.a_log, np.log(np.arange(1, self.state + 1))[:, None] * np.ones(self.hidden))
        assign(self.d, np.ones(self.hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is as :meth:`initial_state` has it."""
        flat, *past = state
        h = torch.unflatten(flat, -1, (self.state, self.hidden))
        past = [*past, x @ self.w_u]
        u = F.silu(sum(w * part for w, part in zip(self.w_conv, past, strict=True)) + self.b_conv)
        delta = F.softplus(u @ self.w_down @ self.w_delta + self.b_delta)
        b, c = (u @ self.w_b).unsqueeze(-1), (u @ self.w_c).unsqueeze(-1)
        h = torch.exp(delta.unsqueeze(-2) * -torch.exp(self.a_log)) * h + (delta * u).unsqueeze(-2) * b
        y = ((c * h).sum(-2) + self.d * u) * F.silu(x @ self.w_z)
        return y, (h.flatten(-2), *past[1:])
