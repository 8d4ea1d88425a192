"""The simple (vanilla, Elman) recurrent network."""

from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.parts.initialise import Initialiser, biases, draw
from rnnbench.registry import CELLS


@CELLS.register("srnn")
class SRNN(Cell):
    """h' = tanh(x W + h U + b).

    ``biases`` is 2 in torch (input and recurrent, added) and 1 in Keras. The recurrent matrix of Keras is orthogonal,
    which for one unit means exactly +1 or -1: the cell then starts on the edge of latching.
    ``recurrent_gain`` multiplies what is drawn.
    """

    source = "Elman 1990, Fig. 2; defaults of torch.nn.RNN, Keras 2.1.5 and Keras 3"
    kind = "vanilla"
    presets = {
        "torch": {},
        "keras2": {"kernel_init": "glorot", "recurrent_init": "orthogonal_svd", "bias_init": "zeros", "biases": 1},
        "keras3": {"kernel_init": "glorot", "recurrent_init": "orthogonal", "bias_init": "zeros", "biases": 1},
    }
    initialisation = frozenset({"kernel_init", "recurrent_init", "bias_init", "recurrent_gain"})
    later = frozenset({"recurrent_gain"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        kernel_init: Initialiser = "uniform",
        recurrent_init: Initialiser = "uniform",
        bias_init: Literal["zeros", "uniform"] = "uniform",
        biases: Literal[0, 1, 2] = 2,
        recurrent_gain: Annotated[float, Field(ge=0)] = 1.0,
    ) -> None:
        super().__init__(inputs, hidden)
        self.recurrent_gain = recurrent_gain
        self.kernel_init, self.recurrent_init, self.bias_init = kernel_init, recurrent_init, bias_init
        self.kernel = nn.Parameter(torch.empty(inputs, hidden))
        self.recurrent = nn.Parameter(torch.empty(hidden, hidden))
        self.bias = nn.ParameterList(torch.empty(hidden) for _ in range(biases))

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Kernel, then recurrent matrix, then biases."""
        assign(self.kernel, draw(self.kernel_init, rng, (self.inputs, self.hidden), self.hidden))
        drawn_matrix = draw(self.recurrent_init, rng, (self.hidden, self.hidden), self.hidden)
        assign(self.recurrent, self.recurrent_gain * drawn_matrix)
        drawn = biases(rng, len(self.bias), self.hidden, self.hidden, self.bias_init == "zeros")
        for bias, values in zip(self.bias, drawn, strict=True):
            assign(bias, values)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``, ``batch hidden``."""
        (h,) = state
        a = x @ self.kernel + h @ self.recurrent
        for bias in self.bias:
            a = a + bias
        h = torch.tanh(a)
        return h, (h,)
