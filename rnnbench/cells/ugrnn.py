"""The update gate recurrent network."""

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.parts.gates import Nonlinearity, nonlinearity
from rnnbench.parts.initialise import GateBias, Initialiser, Longest, draw, gate_bias
from rnnbench.registry import CELLS


@CELLS.register("ugrnn")
class UGRNN(Cell):
    """g = σ(W_g [h, x] + b_g), c = s(W_c [h, x] + b_c), h' = g h + (1 - g) c.

    One gate between the old state and the candidate of a vanilla network; ``nonlinearity`` is s. Gates stand in the
    order g, c. ``update_bias`` is where b_g starts (the b_fg of the paper); ``chrono`` draws it for times up to
    ``longest`` steps.
    """

    source = "Collins et al. 2017, UGRNN"
    kind = "gated"
    presets = {"chrono": {"update_bias": "chrono", "longest": 200}}
    initialisation = frozenset({"kernel_init", "recurrent_init", "update_bias", "longest"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        nonlinearity: Nonlinearity = "tanh",
        kernel_init: Initialiser = "uniform",
        recurrent_init: Initialiser = "uniform",
        update_bias: GateBias = 1.0,
        longest: Longest = None,
    ) -> None:
        super().__init__(inputs, hidden)
        self.nonlinearity: Nonlinearity = nonlinearity
        self.kernel_init, self.recurrent_init = kernel_init, recurrent_init
        self.update_bias, self.longest = update_bias, longest
        self.kernel = nn.Parameter(torch.empty(inputs, 2 * hidden))
        self.recurrent = nn.Parameter(torch.empty(hidden, 2 * hidden))
        self.bias = nn.Parameter(torch.empty(2 * hidden))

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Kernel, recurrent matrix, chrono times."""
        hidden = self.hidden
        assign(self.kernel, draw(self.kernel_init, rng, (self.inputs, 2 * hidden), hidden))
        assign(self.recurrent, draw(self.recurrent_init, rng, (hidden, 2 * hidden), hidden))
        bias = np.zeros(2 * hidden)
        bias[:hidden] = gate_bias(self.update_bias, rng, hidden, self.longest)
        assign(self.bias, bias)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``, ``batch hidden``."""
        (h,) = state
        g, c = (x @ self.kernel + h @ self.recurrent + self.bias).chunk(2, dim=-1)
        g = torch.sigmoid(g)
        h = g * h + (1 - g) * nonlinearity(self.nonlinearity, c)
        return h, (h,)
