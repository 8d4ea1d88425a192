"""The AntisymmetricRNN: Euler steps of a differential equation that neither grows nor decays."""

from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.registry import CELLS


@CELLS.register("antisymmetric")
class AntisymmetricRNN(Cell):
    """h' = h + ε tanh((W - Wᵀ - γ I) h + V x + b).

    ``gated``: h' = h + ε z tanh(...) with z = σ((W - Wᵀ - γ I) h + V_z x + b_z), parts in the order h, z.
    The matrix has imaginary eigenvalues, which the diffusion γ moves left so that Euler steps of size ε stay stable.
    W is Gaussian with variance ``recurrent_std``²/n, V with 1/m, for n units and m inputs; biases start at zero.
    W is held in full, n² numbers, though only the n (n - 1)/2 of W - Wᵀ matter.
    """

    source = "Chang et al. 2019, Sec. 3 and App. C"
    kind = "orthogonal"
    initialisation = frozenset({"recurrent_std"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        epsilon: Annotated[float, Field(gt=0)] = 0.01,
        gamma: Annotated[float, Field(ge=0)] = 0.01,
        gated: bool = False,
        recurrent_std: Annotated[float, Field(ge=0)] = 1.0,
    ) -> None:
        super().__init__(inputs, hidden)
        self.epsilon, self.gamma, self.gated, self.recurrent_std = epsilon, gamma, gated, recurrent_std
        width = 2 * hidden if gated else hidden
        self.kernel = nn.Parameter(torch.empty(inputs, width))
        self.recurrent = nn.Parameter(torch.empty(hidden, hidden))
        self.bias = nn.Parameter(torch.empty(width))

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Kernel, then recurrent matrix."""
        assign(self.kernel, rng.normal(scale=self.inputs**-0.5, size=tuple(self.kernel.shape)))
        std = self.recurrent_std * self.hidden**-0.5
        assign(self.recurrent, rng.normal(scale=std, size=(self.hidden, self.hidden)))
        assign(self.bias, 0.0)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``, ``batch hidden``, whose rows ``recurrent`` = Wᵀ suits."""
        (h,) = state
        a = x @ self.kernel + self.bias
        b = h @ self.recurrent - h @ self.recurrent.T - self.gamma * h
        moved = torch.tanh(a[..., : self.hidden] + b)
        if self.gated:
            moved = torch.sigmoid(a[..., self.hidden :] + b) * moved
        h = h + self.epsilon * moved
        return h, (h,)
