"""The LSTM with uniform gate initialisation and a refine gate."""

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.parts.initialise import Initialiser, draw
from rnnbench.registry import CELLS


@CELLS.register("ur_lstm")
class URLSTM(Cell):
    """g = r (1 - (1 - f)²) + (1 - r) f², c' = g c + (1 - g) u, h' = o tanh(c'), with u = tanh, f, r, o = σ of L(h, x).

    The refine gate r moves the forget gate f up or down, so that g can be near 1 where f does not saturate. Gates stand
    in the order f, r, u, o. ``uniform_gate`` starts f uniform over the units, σ(b_f) in U[1/n, 1 - 1/n] for n units
    (U[0, 1] for one), and b_r = -b_f, so that time scales are spread; else, and for u and o, biases start at zero.
    Without ``refine`` g is f, and r has no weights.
    """

    source = "Gu et al. 2020, Sec. 3"
    kind = "gated"
    presets = {"ur": {}, "u": {"refine": False}, "r": {"uniform_gate": False}}
    initialisation = frozenset({"uniform_gate", "kernel_init", "recurrent_init"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        uniform_gate: bool = True,
        refine: bool = True,
        kernel_init: Initialiser = "uniform",
        recurrent_init: Initialiser = "uniform",
    ) -> None:
        super().__init__(inputs, hidden)
        self.uniform_gate, self.gates = uniform_gate, "fruo" if refine else "fuo"
        self.kernel_init, self.recurrent_init = kernel_init, recurrent_init
        width = len(self.gates) * hidden
        self.kernel = nn.Parameter(torch.empty(inputs, width))
        self.recurrent = nn.Parameter(torch.empty(hidden, width))
        self.bias = nn.Parameter(torch.empty(width))

    def initial_state(self, batch: int) -> State:
        """``(h, c)``, both zero, ``batch hidden``."""
        return torch.zeros(batch, self.hidden), torch.zeros(batch, self.hidden)

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Kernel, recurrent matrix, forget gates."""
        hidden, width = self.hidden, len(self.gates) * self.hidden
        assign(self.kernel, draw(self.kernel_init, rng, (self.inputs, width), hidden))
        assign(self.recurrent, draw(self.recurrent_init, rng, (hidden, width), hidden))
        bias = np.zeros((len(self.gates), hidden))
        if self.uniform_gate:
            edge = 1 / hidden if hidden > 1 else 0.0
            f = rng.uniform(edge, 1 - edge, size=hidden)
            bias[0] = -np.log(1 / f - 1)
            bias[self.gates.find("r")] -= bias[0] if "r" in self.gates else 0.0
        assign(self.bias, bias.reshape(-1))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h, c)``, each ``batch hidden``."""
        h, c = state
        a = (x @ self.kernel + h @ self.recurrent + self.bias).chunk(len(self.gates), dim=-1)
        g, o = torch.sigmoid(a[0]), torch.sigmoid(a[-1])
        if len(self.gates) == 4:
            r = torch.sigmoid(a[1])
            g = r * (1 - (1 - g) ** 2) + (1 - r) * g**2
        c = g * c + (1 - g) * torch.tanh(a[-2])
        h = o * torch.tanh(c)
        return h, (h, c)
