"""The Legendre memory unit."""

from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.parts.initialise import Array
from rnnbench.registry import CELLS


@CELLS.register("lmu")
class LMU(Cell):
    """m' = Ā m + B̄ u with u = e_x x + e_h h + e_m m, and h' = tanh(W_x x + W_h h + W_m m').

    m are the weights of the first ``order`` Legendre polynomials for u's last ``theta`` steps. A and B are fixed,
    discretised by zero-order hold for steps of one. The state has ``hidden + order`` numbers. There are no biases.
    """

    source = "Voelker et al. 2019, Sec. 2 and 2.2"
    kind = "state space"
    presets = {"paper": {}, "psmnist": {"order": 256, "theta": 784.0}}

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        order: Annotated[int, Field(ge=1)] = 16,
        theta: Annotated[float, Field(gt=0)] = 100.0,
    ) -> None:
        super().__init__(inputs, hidden)
        self.order = order
        self.e_x = nn.Parameter(torch.empty(inputs, 1))
        self.e_h = nn.Parameter(torch.empty(hidden, 1))
        self.e_m = nn.Parameter(torch.empty(order, 1))
        self.w_x = nn.Parameter(torch.empty(inputs, hidden))
        self.w_h = nn.Parameter(torch.empty(hidden, hidden))
        self.w_m = nn.Parameter(torch.empty(order, hidden))
        self._discrete = legendre(order, theta)

    def initial_state(self, batch: int) -> State:
        """``(h, m)``, zero, ``batch hidden`` and ``batch order``."""
        return torch.zeros(batch, self.hidden), torch.zeros(batch, self.order)

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Encoders of x and h from LeCun's uniform distribution, of m zero; matrices from Glorot's normal one."""
        for encoder in (self.e_x, self.e_h):
            bound = (3 / len(encoder)) ** 0.5
            assign(encoder, rng.uniform(-bound, bound, size=tuple(encoder.shape)))
        assign(self.e_m, np.zeros(tuple(self.e_m.shape)))
        for matrix in (self.w_x, self.w_h, self.w_m):
            assign(matrix, rng.normal(0, (2 / sum(matrix.shape)) ** 0.5, size=tuple(matrix.shape)))

    def derive(self) -> dict[str, Tensor]:
        """Ā and B̄, which do not learn, in the parameters' dtype."""
        a, b = (torch.from_numpy(part).to(self.w_m) for part in self._discrete)
        return {"a": a, "b": b}

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h, m)``, ``batch hidden`` and ``batch order``."""
        h, m = state
        u = x @ self.e_x + h @ self.e_h + m @ self.e_m
        m = m @ self.derived["a"].T + u @ self.derived["b"]
        h = torch.tanh(x @ self.w_x + h @ self.w_h + m @ self.w_m)
        return h, (h, m)


def legendre(order: int, theta: float) -> tuple[Array, Array]:
    """Ā, ``order order``, and B̄, ``1 order``: from θ m' = A m + B u by the exponential of [A B; 0 0]/θ."""
    i, j = np.arange(order)[:, None], np.arange(order)
    joined = np.zeros((order + 1, order + 1))
    joined[:order, :order] = (2 * i + 1) * np.where(i < j, -1.0, (-1.0) ** (i - j + 1))
    joined[:order, order] = (2 * j + 1) * (-1.0) ** j
    exponential = torch.matrix_exp(torch.from_numpy(joined / theta)).numpy()
    return exponential[:order, :order], exponential[None, :order, order]
