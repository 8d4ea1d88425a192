"""The independently recurrent network: each unit sees no past but its own."""

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.errors import RnnbenchError
from rnnbench.parts.gates import Nonlinearity, nonlinearity
from rnnbench.parts.initialise import Initialiser, draw
from rnnbench.registry import CELLS


@CELLS.register("indrnn")
class IndRNN(Cell):
    """h' = σ(W x + u h + b), u a weight a unit; ``nonlinearity`` is σ.

    u starts uniform between ``recurrent_low`` and ``recurrent_high``. To remember T steps with rectified units the
    paper starts it, and keeps it, within 2^(1/T); only the start is done here, and clipping is the protocol's affair.
    """

    source = "Li et al. 2018, Sec. 3"
    kind = "vanilla"
    initialisation = frozenset({"recurrent_low", "recurrent_high", "kernel_init"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        nonlinearity: Nonlinearity = "relu",
        recurrent_low: float = 0.0,
        recurrent_high: float = 1.0,
        kernel_init: Initialiser = "glorot",
    ) -> None:
        super().__init__(inputs, hidden)
        if recurrent_low > recurrent_high:
            raise RnnbenchError(
                "indrnn needs recurrent_low ≤ recurrent_high, "
                f"got recurrent_low={recurrent_low:g}, recurrent_high={recurrent_high:g}."
            )
        self.nonlinearity: Nonlinearity = nonlinearity
        self.recurrent_range, self.kernel_init = (recurrent_low, recurrent_high), kernel_init
        self.kernel = nn.Parameter(torch.empty(inputs, hidden))
        self.recurrent = nn.Parameter(torch.empty(hidden))
        self.bias = nn.Parameter(torch.empty(hidden))

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Kernel, then recurrent weights; the bias is zero."""
        assign(self.kernel, draw(self.kernel_init, rng, (self.inputs, self.hidden), self.hidden))
        assign(self.recurrent, rng.uniform(*self.recurrent_range, size=self.hidden))
        assign(self.bias, 0.0)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``, ``batch hidden``."""
        (h,) = state
        h = nonlinearity(self.nonlinearity, x @ self.kernel + self.recurrent * h + self.bias)
        return h, (h,)
