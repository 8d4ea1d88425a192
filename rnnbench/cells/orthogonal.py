"""A vanilla network whose recurrent matrix stays orthogonal."""

from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.parts.initialise import draw
from rnnbench.registry import CELLS


@CELLS.register("orthogonal")
class Orthogonal(Cell):
    """h' = σ(W h + T x), W = exp(A) D (expRNN) or (I + A)⁻¹ (I − A) D (scoRNN), A skew-symmetric.

    σ is the modReLU sign(z) relu(|z| + b), or tanh of z + b. D is diagonal: the share ``negative`` of its entries is
    -1, the others are 1. A's entries above the diagonal are learned. At the start A couples pairs of units only: by
    U(±π) (``henaff``), or by tan(t/2) with t from U(0, π/2) (``cayley``).
    """

    source = "Lezcano-Casado & Martinez-Rubio 2019, Sec. 3; Cayley's parametrisation: Helfrich et al. 2018, Sec. 3"
    kind = "orthogonal"
    presets = {
        "exprnn": {},
        "scornn": {"parametrisation": "cayley", "negative": 0.5, "recurrent_init": "cayley", "kernel_init": "glorot"},
    }
    initialisation = frozenset({"recurrent_init", "kernel_init"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        parametrisation: Literal["exponential", "cayley"] = "exponential",
        nonlinearity: Literal["modrelu", "tanh"] = "modrelu",
        negative: Annotated[float, Field(ge=0, le=1)] = 0.0,
        recurrent_init: Literal["henaff", "cayley"] = "henaff",
        kernel_init: Literal["kaiming", "glorot"] = "kaiming",
    ) -> None:
        super().__init__(inputs, hidden)
        self.parametrisation, self.nonlinearity = parametrisation, nonlinearity
        self.negatives = round(negative * hidden)
        self.recurrent_init, self.kernel_init = recurrent_init, kernel_init
        self.kernel = nn.Parameter(torch.empty(inputs, hidden))
        self.skew = nn.Parameter(torch.zeros(hidden * (hidden - 1) // 2))
        self.bias = nn.Parameter(torch.empty(hidden))

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """T from N(0, 2/inputs) or Glorot's, A block-diagonal, b from U(±0.01), as in the authors' experiments."""
        shape = (self.inputs, self.hidden)
        kaiming = self.kernel_init == "kaiming"
        assign(
            self.kernel,
            rng.normal(0, (2 / self.inputs) ** 0.5, shape) if kaiming else draw("glorot", rng, shape, self.hidden),
        )
        pairs = np.arange(self.hidden // 2)
        henaff = self.recurrent_init == "henaff"
        angles = rng.uniform(-np.pi, np.pi, len(pairs)) if henaff else np.tan(rng.uniform(0, np.pi / 2, len(pairs)) / 2)
        above = np.zeros((self.hidden, self.hidden))
        above[2 * pairs, 2 * pairs + 1] = angles
        assign(self.skew, above[np.triu_indices(self.hidden, 1)])
        assign(self.bias, rng.uniform(-0.01, 0.01, self.hidden))

    def derive(self) -> dict[str, Tensor]:
        """W, ``hidden hidden``."""
        rows, columns = torch.triu_indices(self.hidden, self.hidden, 1, device=self.skew.device)
        above = self.skew.new_zeros(self.hidden, self.hidden).index_put((rows, columns), self.skew)
        a, one = above - above.T, torch.eye(self.hidden).to(self.skew)
        d = torch.ones(self.hidden).to(self.skew)
        d[: self.negatives] = -1.0
        w = torch.matrix_exp(a) if self.parametrisation == "exponential" else torch.linalg.solve(one + a, one - a)
        return {"w": w * d}

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``, ``batch hidden``."""
        (h,) = state
        z = h @ self.derived["w"].T + x @ self.kernel
        if self.nonlinearity == "tanh":
            h = torch.tanh(z + self.bias)
        else:
            h = torch.sign(z) * torch.relu(z.abs() + self.bias)
        return h, (h,)
