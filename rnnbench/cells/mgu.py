"""The minimal gated unit: a GRU whose one gate both resets and updates."""

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.parts.gates import Gate, gate
from rnnbench.parts.initialise import GateBias, Initialiser, Longest, draw, gate_bias
from rnnbench.registry import CELLS


@CELLS.register("mgu")
class MGU(Cell):
    """f = σ(W_f [h, x] + b_f), h~ = tanh(W_h [f h, x] + b_h), h' = (1 - f) h + f h~.

    The "forget" gate f lets the candidate in: the state is kept where f is small. Gates stand in the order f, h~.
    ``update_bias`` sets b_f at the start; ``chrono`` draws -b_f for times up to ``longest`` steps.
    """

    source = "Zhou et al. 2016, Sec. 3"
    kind = "gated"
    presets = {"chrono": {"update_bias": "chrono", "longest": 200}}
    initialisation = frozenset({"kernel_init", "recurrent_init", "update_bias", "longest"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        gate: Gate = "sigmoid",
        kernel_init: Initialiser = "uniform",
        recurrent_init: Initialiser = "uniform",
        update_bias: GateBias = 0.0,
        longest: Longest = None,
    ) -> None:
        super().__init__(inputs, hidden)
        self.gate: Gate = gate
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
        chosen = gate_bias(self.update_bias, rng, hidden, self.longest)
        bias = np.zeros(2 * hidden)
        bias[:hidden] = -chosen if self.update_bias == "chrono" else chosen
        assign(self.bias, bias)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``, ``batch hidden``."""
        (h,) = state
        a = x @ self.kernel + self.bias
        f = gate(self.gate, a[..., : self.hidden] + h @ self.recurrent[:, : self.hidden])
        candidate = torch.tanh(a[..., self.hidden :] + (f * h) @ self.recurrent[:, self.hidden :])
        h = (1 - f) * h + f * candidate
        return h, (h,)
