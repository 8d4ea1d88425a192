"""Long expressive memory."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.registry import CELLS


@CELLS.register("lem")
class LEM(Cell):
    """z' = (1 − Δt₁) z + Δt₁ tanh(y W_z + u V_z + b_z), y' = (1 − Δt₂) y + Δt₂ tanh(z' W_y + u V_y + b_y).

    Each unit steps through time at its own pace: Δt₁ = Δt σ(y W₁ + u V₁ + b₁) and Δt₂ likewise. ``dt`` is Δt. Weights
    stand in the order 1, 2, z, y, and start from U(±1/sqrt(hidden)).
    """

    source = "Rusch et al. 2022, Eq. 3; values: the authors' code"
    kind = "gated"
    presets = {"paper": {}, "adding": {"dt": 0.0242}, "smnist": {"dt": 0.21}, "psmnist": {"dt": 0.31}}

    def __init__(self, inputs: int, hidden: int, *, dt: Annotated[float, Field(gt=0, le=1)] = 1.0) -> None:
        super().__init__(inputs, hidden)
        self.dt = dt
        self.v = nn.Parameter(torch.empty(inputs, 4 * hidden))
        self.w = nn.Parameter(torch.empty(hidden, 3 * hidden))
        self.w_y = nn.Parameter(torch.empty(hidden, hidden))
        self.b = nn.Parameter(torch.empty(4 * hidden))

    def initial_state(self, batch: int) -> State:
        """``(y, z)``, both zero, ``batch hidden``."""
        return torch.zeros(batch, self.hidden), torch.zeros(batch, self.hidden)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` (the paper's u) is ``batch feature``; the state is ``(y, z)``, each ``batch hidden``."""
        y, z = state
        u1, u2, u_z, u_y = (x @ self.v + self.b).chunk(4, dim=-1)
        y1, y2, y_z = (y @ self.w).chunk(3, dim=-1)
        dt1, dt2 = self.dt * torch.sigmoid(u1 + y1), self.dt * torch.sigmoid(u2 + y2)
        z = (1 - dt1) * z + dt1 * torch.tanh(u_z + y_z)
        y = (1 - dt2) * y + dt2 * torch.tanh(z @ self.w_y + u_y)
        return y, (y, z)
