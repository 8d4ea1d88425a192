"""The coupled oscillatory recurrent network."""

from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.registry import CELLS


@CELLS.register("cornn")
class CoRNN(Cell):
    """z' = z + Δt (tanh(W y + 𝒲 z + V u + b) − γ y − ε z), y' = y + Δt z': driven, damped oscillators.

    ``dt`` is Δt, ``gamma`` the squared frequencies γ, ``epsilon`` the damping ε; the damping is explicit. Presets hold
    the authors' values for their tasks; for permuted MNIST, say, ``like=psmnist``.
    """

    source = "Rusch & Mishra 2021, Eq. 3 and Table 4; values: the authors' code"
    kind = "oscillator"
    presets = {
        "smnist": {},
        "psmnist": {"dt": 0.076, "gamma": 0.4, "epsilon": 8.0},
        "adding": {"dt": 0.06, "gamma": 66.0, "epsilon": 15.0},
    }

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        dt: Annotated[float, Field(gt=0, le=1)] = 0.042,
        gamma: Annotated[float, Field(gt=0)] = 2.7,
        epsilon: Annotated[float, Field(gt=0)] = 4.7,
    ) -> None:
        super().__init__(inputs, hidden)
        self.dt, self.gamma, self.epsilon = dt, gamma, epsilon
        self.v = nn.Parameter(torch.empty(inputs, hidden))
        self.w = nn.Parameter(torch.empty(hidden, hidden))
        self.w_z = nn.Parameter(torch.empty(hidden, hidden))
        self.b = nn.Parameter(torch.empty(hidden))

    def initial_state(self, batch: int) -> State:
        """``(y, z)``, positions and velocities, both zero, ``batch hidden``."""
        return torch.zeros(batch, self.hidden), torch.zeros(batch, self.hidden)

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """U(±1/sqrt(inputs + 2 hidden)): one linear layer of u, z and y in torch."""
        bound = (self.inputs + 2 * self.hidden) ** -0.5
        for parameter in self.parameters():
            assign(parameter, rng.uniform(-bound, bound, size=tuple(parameter.shape)))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` (the paper's u) is ``batch feature``; the state is ``(y, z)``, each ``batch hidden``."""
        y, z = state
        force = torch.tanh(y @ self.w + z @ self.w_z + x @ self.v + self.b)
        z = z + self.dt * (force - self.gamma * y - self.epsilon * z)
        y = y + self.dt * z
        return y, (y, z)
