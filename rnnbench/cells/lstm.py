"""Long short-term memory with a forget gate."""

from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.errors import RnnbenchError
from rnnbench.parts.gates import Gate, gate
from rnnbench.parts.initialise import GateBias, Initialiser, Longest, biases, chrono, draw, set_gate
from rnnbench.registry import CELLS

KERAS = {"kernel_init": "glorot", "bias_init": "zeros", "forget_bias": 1.0, "biases": 1}


@CELLS.register("lstm")
class LSTM(Cell):
    """c' = f c + i tanh(z), h' = o tanh(c'), with gates i, f, o of x W + h U + b.

    Gates stand in the order i, f, z, o (torch and Keras alike). ``forget_bias`` and ``input_bias`` set the whole bias
    of their gate at the start (None leaves what ``bias_init`` draws); Keras's unit forget bias is ``forget_bias=1``.
    ``chrono`` (Tallec & Ollivier 2018) draws them for times up to ``longest`` steps, i's the negative of f's.
    ``peephole`` (Gers & Schmidhuber 2000): a weight a unit lets i and f see c, and o see c'. Of Greff et al. 2017:
    ``coupled``, i = 1 - f; without ``input_gate`` i is 1, without ``output_gate`` o is.
    """

    source = "Hochreiter & Schmidhuber 1997, Sec. 4; forget gate of Gers et al. 2000; defaults of torch and Keras"
    kind = "gated"
    presets = {
        "torch": {},
        "keras2": {**KERAS, "gate": "hard_sigmoid", "recurrent_init": "orthogonal_svd"},
        "keras3": {**KERAS, "gate": "sigmoid", "recurrent_init": "orthogonal"},
        "chrono": {**KERAS, "forget_bias": "chrono", "input_bias": "chrono", "longest": 200},
    }
    initialisation = frozenset({"kernel_init", "recurrent_init", "bias_init", "forget_bias", "input_bias", "longest"})
    later = frozenset({"longest", "peephole", "coupled", "input_gate", "output_gate"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        gate: Gate = "sigmoid",
        kernel_init: Initialiser = "uniform",
        recurrent_init: Initialiser = "uniform",
        bias_init: Literal["zeros", "uniform"] = "uniform",
        forget_bias: GateBias | None = None,
        input_bias: GateBias | None = None,
        longest: Longest = None,
        peephole: bool = False,
        coupled: bool = False,
        input_gate: bool = True,
        output_gate: bool = True,
        biases: Literal[1, 2] = 2,
    ) -> None:
        super().__init__(inputs, hidden)
        if coupled and not input_gate:
            raise RnnbenchError("coupled gates have no input gate to leave out: choose coupled or input_gate=false.")
        without_input = coupled or not input_gate
        if without_input and input_bias is not None:
            raise RnnbenchError(f"without an input gate there is no input bias, got {input_bias}: leave it out.")
        self.gate: Gate = gate
        self.coupled = coupled
        self.kernel_init, self.recurrent_init, self.bias_init = kernel_init, recurrent_init, bias_init
        self.longest, self.gates = longest, "i" * (not without_input) + "fz" + "o" * output_gate
        self.gate_biases: dict[str, GateBias | None] = {"i": input_bias, "f": forget_bias}
        width = len(self.gates) * hidden
        self.kernel = nn.Parameter(torch.empty(inputs, width))
        self.recurrent = nn.Parameter(torch.empty(hidden, width))
        self.bias = nn.ParameterList(torch.empty(width) for _ in range(biases))
        self.peephole = nn.ParameterDict({g: torch.empty(hidden) for g in self.gates if peephole and g != "z"})

    def initial_state(self, batch: int) -> State:
        """``(h, c)``, both zero, ``batch hidden``."""
        return torch.zeros(batch, self.hidden), torch.zeros(batch, self.hidden)

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Kernel, recurrent matrix, biases, chrono times, peepholes; gate biases overwrite what was drawn."""
        hidden, width = self.hidden, len(self.gates) * self.hidden
        assign(self.kernel, draw(self.kernel_init, rng, (self.inputs, width), hidden))
        assign(self.recurrent, draw(self.recurrent_init, rng, (hidden, width), hidden))
        drawn = biases(rng, len(self.bias), width, hidden, self.bias_init == "zeros")
        kept = chrono(rng, hidden, self.longest) if "chrono" in self.gate_biases.values() else np.zeros(hidden)
        for name, value in self.gate_biases.items():
            if value is not None:
                chosen = value if value != "chrono" else kept if name == "f" else -kept
                set_gate(drawn, self.gates.index(name), chosen, hidden)
        for bias, values in zip(self.bias, drawn, strict=True):
            assign(bias, values)
        for weights in self.peephole.values():
            assign(weights, draw("uniform", rng, (1, hidden), hidden)[0])

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h, c)``, each ``batch hidden``."""
        h, c = state
        a = x @ self.kernel + h @ self.recurrent
        for bias in self.bias:
            a = a + bias
        given = dict(zip(self.gates, a.chunk(len(self.gates), dim=-1), strict=True))
        f = self._gate("f", given, c)
        i = 1 - f if self.coupled else self._gate("i", given, c) if "i" in given else None
        z = torch.tanh(given["z"])
        c = f * c + (z if i is None else i * z)
        h = self._gate("o", given, c) * torch.tanh(c) if "o" in given else torch.tanh(c)
        return h, (h, c)

    def _gate(self, name: str, given: dict[str, Tensor], c: Tensor) -> Tensor:
        return gate(self.gate, given[name] + c * self.peephole[name] if name in self.peephole else given[name])
