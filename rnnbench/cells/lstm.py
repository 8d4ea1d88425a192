"""Long short-term memory with a forget gate."""

from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.gates import Gate, gate
from rnnbench.initialise import Initialiser, biases, draw
from rnnbench.registry import CELLS

KERAS = {"kernel_init": "glorot", "bias_init": "zeros", "forget_bias": 1.0, "biases": 1}


@CELLS.register("lstm")
class LSTM(Cell):
    """c' = f c + i tanh(z), h' = o tanh(c'), with gates i, f, o of x W + h U + b.

    Gates stand in the order i, f, z, o (torch and Keras alike). ``forget_bias`` and ``input_bias`` set the whole bias
    of their gate at the start (None leaves what ``bias_init`` draws); Keras's unit forget bias is ``forget_bias=1``.
    """

    source = "Hochreiter & Schmidhuber 1997, Sec. 4; forget gate of Gers et al. 2000; defaults of torch and Keras"
    kind = "gated"
    presets = {
        "torch": {},
        "keras2": {**KERAS, "gate": "hard_sigmoid", "recurrent_init": "orthogonal_svd"},
        "keras3": {**KERAS, "gate": "sigmoid", "recurrent_init": "orthogonal"},
    }
    initialisation = frozenset({"kernel_init", "recurrent_init", "bias_init", "forget_bias", "input_bias"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        gate: Gate = "sigmoid",
        kernel_init: Initialiser = "uniform",
        recurrent_init: Initialiser = "uniform",
        bias_init: Literal["zeros", "uniform"] = "uniform",
        forget_bias: float | None = None,
        input_bias: float | None = None,
        biases: Literal[1, 2] = 2,
    ) -> None:
        super().__init__(inputs, hidden)
        self.gate: Gate = gate
        self.kernel_init, self.recurrent_init, self.bias_init = kernel_init, recurrent_init, bias_init
        self.forget_bias, self.input_bias = forget_bias, input_bias
        self.kernel = nn.Parameter(torch.empty(inputs, 4 * hidden))
        self.recurrent = nn.Parameter(torch.empty(hidden, 4 * hidden))
        self.bias = nn.ParameterList(torch.empty(4 * hidden) for _ in range(biases))

    def initial_state(self, batch: int) -> State:
        """``(h, c)``, both zero, ``batch hidden``."""
        return torch.zeros(batch, self.hidden), torch.zeros(batch, self.hidden)

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Kernel, then recurrent matrix, then biases; gate biases overwrite what was drawn."""
        hidden, width = self.hidden, 4 * self.hidden
        assign(self.kernel, draw(self.kernel_init, rng, (self.inputs, width), hidden))
        assign(self.recurrent, draw(self.recurrent_init, rng, (hidden, width), hidden))
        drawn = biases(rng, len(self.bias), width, hidden, self.bias_init == "zeros")
        for position, value in ((0, self.input_bias), (1, self.forget_bias)):
            if value is not None:
                drawn[:, position * hidden : (position + 1) * hidden] = 0.0
                drawn[0, position * hidden : (position + 1) * hidden] = value
        for bias, values in zip(self.bias, drawn, strict=True):
            assign(bias, values)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h, c)``, each ``batch hidden``."""
        h, c = state
        a = x @ self.kernel + h @ self.recurrent
        for bias in self.bias:
            a = a + bias
        i, f, z, o = a.chunk(4, dim=-1)
        c = gate(self.gate, f) * c + gate(self.gate, i) * torch.tanh(z)
        h = gate(self.gate, o) * torch.tanh(c)
        return h, (h, c)
