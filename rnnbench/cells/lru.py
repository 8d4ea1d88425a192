"""The linear recurrent unit."""

from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbench.cell import Cell, State, assign
from rnnbench.registry import CELLS

Radius = Annotated[float, Field(ge=0, le=1)]


@CELLS.register("lru")
class LRU(Cell):
    """x' = Λ x + exp(γ_log) ⊙ B u, y = Re(C x') + D u, Λ = diag(exp(−exp(ν_log) + i exp(θ_log))), x complex.

    Λ starts uniform on the ring between the radii ``r_min`` and ``r_max``, phases below ``max_phase``; exp(γ_log) at
    sqrt(1 − |Λ|²). The layer's GELU is in it (``activation=none`` leaves it out); norm, skip and GLU are not. The
    state holds ``hidden`` complex numbers, real and imaginary parts apart.
    """

    source = "Orvieto et al. 2023, Sec. 3 and App. A"
    kind = "state space"
    initialisation = frozenset({"r_min", "r_max", "max_phase"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        r_min: Radius = 0.0,
        r_max: Radius = 1.0,
        max_phase: Annotated[float, Field(gt=0)] = 6.28,
        activation: Literal["gelu", "none"] = "gelu",
    ) -> None:
        super().__init__(inputs, hidden)
        self.r_min, self.r_max, self.max_phase, self.activation = r_min, r_max, max_phase, activation
        self.nu_log, self.theta_log, self.gamma_log = (nn.Parameter(torch.zeros(hidden)) for _ in range(3))
        self.b_re, self.b_im, self.d = (nn.Parameter(torch.empty(inputs, hidden)) for _ in range(3))
        self.c_re, self.c_im = (nn.Parameter(torch.empty(hidden, hidden)) for _ in range(2))

    def initial_state(self, batch: int) -> State:
        """Real and imaginary parts of x, both zero, ``batch hidden``."""
        return torch.zeros(batch, self.hidden), torch.zeros(batch, self.hidden)

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """The ring, then B from N(0, 1/(2 inputs)) a part, C from N(0, 1/hidden), D from N(0, 1/inputs)."""
        squared = np.clip(
            rng.uniform(self.r_min**2, self.r_max**2, self.hidden), 1e-12, 1 - 1e-7
        )  # both logarithms exist
        assign(self.nu_log, np.log(-0.5 * np.log(squared)))
        assign(self.theta_log, np.log(rng.uniform(0, self.max_phase, self.hidden)))
        assign(self.gamma_log, 0.5 * np.log1p(-squared))
        scales = {
            self.b_re: 2 * self.inputs,
            self.b_im: 2 * self.inputs,
            self.c_re: self.hidden,
            self.c_im: self.hidden,
        }
        for matrix, fan in {**scales, self.d: self.inputs}.items():
            assign(matrix, rng.normal(0, fan**-0.5, size=tuple(matrix.shape)))

    def derive(self) -> dict[str, Tensor]:
        """Λ and the normalised B, real and imaginary parts apart."""
        modulus, phase, gamma = torch.exp(-torch.exp(self.nu_log)), torch.exp(self.theta_log), torch.exp(self.gamma_log)
        return {
            "re": modulus * torch.cos(phase),
            "im": modulus * torch.sin(phase),
            "b_re": gamma * self.b_re,
            "b_im": gamma * self.b_im,
        }

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` (the paper's u) is ``batch feature``; the state is x's real and imaginary part, ``batch hidden``."""
        (re, im), own = state, self.derived
        re, im = (
            own["re"] * re - own["im"] * im + x @ own["b_re"],
            own["re"] * im + own["im"] * re + x @ own["b_im"],
        )
        y = re @ self.c_re - im @ self.c_im + x @ self.d
        return F.gelu(y, approximate="tanh") if self.activation == "gelu" else y, (re, im)
