"""The echo state network: a random recurrent network that is left as it is."""

from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.registry import CELLS


@CELLS.register("esn")
class ESN(Cell):
    """h' = (1 - a) h + a tanh(W_in [1; x] + W h), where only the read-out learns.

    W_in is uniform in ±``input_scaling``. Each unit reads from a random share 1 - ``sparsity`` of the units, from at
    least one; W is scaled so that its largest eigenvalue has the modulus ``spectral_radius``; a is ``leak``. Every
    member of a population has a reservoir of its own.
    """

    source = "Jaeger 2001, Sec. 1; leak of Jaeger et al. 2007"
    kind = "fixed"
    initialisation = frozenset({"spectral_radius", "sparsity", "input_scaling"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        leak: Annotated[float, Field(gt=0, le=1)] = 1.0,
        spectral_radius: Annotated[float, Field(gt=0)] = 0.9,
        sparsity: Annotated[float, Field(ge=0, lt=1)] = 0.9,
        input_scaling: Annotated[float, Field(gt=0)] = 1.0,
    ) -> None:
        super().__init__(inputs, hidden)
        self.leak, self.spectral_radius, self.sparsity = leak, spectral_radius, sparsity
        self.input_scaling = input_scaling
        self.kernel = nn.Parameter(torch.empty(inputs, hidden), requires_grad=False)
        self.recurrent = nn.Parameter(torch.empty(hidden, hidden), requires_grad=False)
        self.bias = nn.Parameter(torch.empty(hidden), requires_grad=False)

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Kernel and bias, then the reservoir: as each unit reads from one, there is a loop and so an eigenvalue."""
        scale, units = self.input_scaling, self.hidden
        assign(self.kernel, rng.uniform(-scale, scale, size=(self.inputs, units)))
        assign(self.bias, rng.uniform(-scale, scale, size=units))
        read = max(1, round((1 - self.sparsity) * units))
        chosen = rng.random((units, units)).argsort(axis=0) < read
        weights = np.where(chosen, rng.uniform(-1.0, 1.0, size=(units, units)), 0.0)
        assign(self.recurrent, weights * (self.spectral_radius / np.abs(np.linalg.eigvals(weights)).max()))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``, ``batch hidden``."""
        (h,) = state
        new = torch.tanh(x @ self.kernel + h @ self.recurrent + self.bias)
        h = new if self.leak == 1 else (1 - self.leak) * h + self.leak * new
        return h, (h,)
