"""JANET: just another network, an LSTM that has only its forget gate."""

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.parts.initialise import GateBias, Initialiser, Longest, draw, gate_bias
from rnnbench.registry import CELLS


@CELLS.register("janet")
class JANET(Cell):
    """c' = σ(s) c + (1 - σ(s - β)) tanh(j), h' = c', with s and j of x W + h U + b.

    ``beta`` lets more in than is forgotten. Gates stand in the order s, j. ``forget_bias`` sets the bias of s at the
    start; the paper's is ``chrono``, for times up to ``longest`` steps. The bias of j starts at zero.
    """

    source = "van der Westhuizen & Lasenby 2018, JANET; start of the authors' code"
    kind = "gated"
    presets = {"chrono": {"forget_bias": "chrono", "longest": 200}}
    initialisation = frozenset({"kernel_init", "recurrent_init", "forget_bias", "longest"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        beta: float = 1.0,
        kernel_init: Initialiser = "glorot",
        recurrent_init: Initialiser = "glorot",
        forget_bias: GateBias = 1.0,
        longest: Longest = None,
    ) -> None:
        super().__init__(inputs, hidden)
        self.beta = beta
        self.kernel_init, self.recurrent_init = kernel_init, recurrent_init
        self.forget_bias, self.longest = forget_bias, longest
        self.kernel = nn.Parameter(torch.empty(inputs, 2 * hidden))
        self.recurrent = nn.Parameter(torch.empty(hidden, 2 * hidden))
        self.bias = nn.Parameter(torch.empty(2 * hidden))

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Kernel, recurrent matrix, chrono times."""
        hidden = self.hidden
        assign(self.kernel, draw(self.kernel_init, rng, (self.inputs, 2 * hidden), hidden))
        assign(self.recurrent, draw(self.recurrent_init, rng, (hidden, 2 * hidden), hidden))
        bias = np.zeros(2 * hidden)
        bias[:hidden] = gate_bias(self.forget_bias, rng, hidden, self.longest)
        assign(self.bias, bias)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(c,)``, ``batch hidden``, which is the output too."""
        (c,) = state
        s, j = (x @ self.kernel + c @ self.recurrent + self.bias).chunk(2, dim=-1)
        c = torch.sigmoid(s) * c + (1 - torch.sigmoid(s - self.beta)) * torch.tanh(j)
        return c, (c,)
