"""The gated recurrent unit."""

from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.parts.gates import Gate, gate
from rnnbench.parts.initialise import GateBias, Initialiser, Longest, biases, draw, gate_bias, set_gate
from rnnbench.registry import CELLS

KERAS = {"kernel_init": "glorot", "bias_init": "zeros"}


@CELLS.register("gru")
class GRU(Cell):
    """h' = z h + (1 - z) n: the update gate z keeps the old state, the reset gate r hides it from the candidate n.

    ``reset_after`` applies r after the recurrent product (torch, Keras 3; two biases then stay apart), else before it
    (Keras 2, one bias). Gates stand in the order r, z, n. ``update_bias`` sets the whole bias of z at the start;
    ``chrono`` draws it for times up to ``longest`` steps (Tallec & Ollivier 2018).
    """

    source = "Cho et al. 2014, Sec. 2.3; defaults of torch.nn.GRU, Keras 2.1.5 and Keras 3"
    kind = "gated"
    presets = {
        "torch": {},
        "keras2": {
            **KERAS,
            "gate": "hard_sigmoid",
            "recurrent_init": "orthogonal_svd",
            "reset_after": False,
            "biases": 1,
        },
        "keras3": {**KERAS, "gate": "sigmoid", "recurrent_init": "orthogonal"},
        "chrono": {**KERAS, "update_bias": "chrono", "longest": 200},
    }
    initialisation = frozenset({"kernel_init", "recurrent_init", "bias_init", "update_bias", "longest"})
    later = frozenset({"longest"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        gate: Gate = "sigmoid",
        kernel_init: Initialiser = "uniform",
        recurrent_init: Initialiser = "uniform",
        bias_init: Literal["zeros", "uniform"] = "uniform",
        update_bias: GateBias | None = None,
        longest: Longest = None,
        reset_after: bool = True,
        biases: Literal[1, 2] = 2,
    ) -> None:
        super().__init__(inputs, hidden)
        self.gate: Gate = gate
        self.kernel_init, self.recurrent_init, self.bias_init = kernel_init, recurrent_init, bias_init
        self.update_bias, self.longest, self.reset_after = update_bias, longest, reset_after
        self.kernel = nn.Parameter(torch.empty(inputs, 3 * hidden))
        self.recurrent = nn.Parameter(torch.empty(hidden, 3 * hidden))
        self.bias = nn.ParameterList(torch.empty(3 * hidden) for _ in range(biases))

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Kernel, then recurrent matrix, then biases; the update bias overwrites what was drawn.

        Keras draws the recurrent gates in the order z, r, h, and an SVD of one row fixes the sign of the first of them.
        """
        hidden, width = self.hidden, 3 * self.hidden
        assign(self.kernel, draw(self.kernel_init, rng, (self.inputs, width), hidden))
        z, r, n = np.split(draw(self.recurrent_init, rng, (hidden, width), hidden), 3, axis=1)
        assign(self.recurrent, np.concatenate([r, z, n], axis=1))
        drawn = biases(rng, len(self.bias), width, hidden, self.bias_init == "zeros")
        if self.update_bias is not None:
            set_gate(drawn, 1, gate_bias(self.update_bias, rng, hidden, self.longest), hidden)
        for bias, values in zip(self.bias, drawn, strict=True):
            assign(bias, values)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``, ``batch hidden``."""
        (h,) = state
        width = 2 * self.hidden
        a = x @ self.kernel + self.bias[0]
        if self.reset_after:
            b = h @ self.recurrent
            for bias in list(self.bias)[1:]:
                b = b + bias
            r, z = gate(self.gate, a[..., :width] + b[..., :width]).chunk(2, dim=-1)
            n = torch.tanh(a[..., width:] + r * b[..., width:])
        else:
            for bias in list(self.bias)[1:]:
                a = a + bias
            r, z = gate(self.gate, a[..., :width] + h @ self.recurrent[:, :width]).chunk(2, dim=-1)
            n = torch.tanh(a[..., width:] + (r * h) @ self.recurrent[:, width:])
        h = z * h + (1 - z) * n
        return h, (h,)
