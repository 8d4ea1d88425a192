"""The diagonal structured state space."""

from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbench.cell import Cell, State, assign
from rnnbench.errors import RnnbenchError
from rnnbench.registry import CELLS


@CELLS.register("s4d")
class S4D(Cell):
    """x' = Ā x + B̄ v, y = 2 Re(C x') + D v, with Ā = exp(Δ A) and B̄ = (Ā − 1)/A: an SSM for each channel of v = u W.

    Each channel's state is N = ``state`` numbers: N/2 complex ones, conjugates being implied, real and imaginary parts
    apart. A_n starts at −1/2 + iπn (``lin``) or −1/2 + i N/π (N/(2n + 1) − 1) (``inv``), B is 1, its scale being
    C's. The layer's GELU is in it (``activation=none`` leaves it out); norm, skip and mixing are not, but for u W.
    """

    source = "Gu et al. 2022, Sec. 3 and 4"
    kind = "state space"
    presets = {"lin": {}, "inv": {"a_init": "inv"}}
    initialisation = frozenset({"a_init", "dt_min", "dt_max"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        state: Annotated[int, Field(ge=2, multiple_of=2)] = 8,
        a_init: Literal["lin", "inv"] = "lin",
        dt_min: Annotated[float, Field(gt=0)] = 0.001,
        dt_max: Annotated[float, Field(gt=0)] = 0.1,
        activation: Literal["gelu", "none"] = "gelu",
    ) -> None:
        super().__init__(inputs, hidden)
        if dt_min > dt_max:
            raise RnnbenchError(f"s4d needs dt_min ≤ dt_max, got dt_min={dt_min:g}, dt_max={dt_max:g}.")
        self.modes, self.a_init, self.dt_min, self.dt_max = state // 2, a_init, dt_min, dt_max
        self.activation = activation
        self.kernel = nn.Parameter(torch.empty(inputs, hidden))
        self.dt_log, self.d = nn.Parameter(torch.zeros(hidden)), nn.Parameter(torch.empty(hidden))
        self.a_log, self.a_im, self.c_re, self.c_im = (nn.Parameter(torch.zeros(self.modes, hidden)) for _ in range(4))

    def initial_state(self, batch: int) -> State:
        """Real and imaginary parts of x, both zero, ``batch modes·hidden``."""
        return tuple(torch.zeros(batch, self.modes * self.hidden) for _ in range(2))

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """W from N(0, 1/inputs), log Δ uniform between the limits, C from N(0, 1/2) a part, D from N(0, 1)."""
        assign(self.kernel, rng.normal(0, self.inputs**-0.5, (self.inputs, self.hidden)))
        assign(self.dt_log, rng.uniform(np.log(self.dt_min), np.log(self.dt_max), self.hidden))
        n, size = np.arange(self.modes)[:, None], 2 * self.modes
        assign(self.a_log, np.full((self.modes, self.hidden), np.log(0.5)))
        a_im = np.pi * n if self.a_init == "lin" else size / np.pi * (size / (2 * n + 1) - 1)
        assign(self.a_im, np.broadcast_to(a_im, (self.modes, self.hidden)).copy())
        for part in (self.c_re, self.c_im):
            assign(part, rng.normal(0, 0.5**0.5, (self.modes, self.hidden)))
        assign(self.d, rng.normal(size=self.hidden))

    def derive(self) -> dict[str, Tensor]:
        """Ā and B̄ by zero-order hold, ``mode hidden``, real and imaginary parts apart."""
        dt, re, im = torch.exp(self.dt_log), -torch.exp(self.a_log), self.a_im
        modulus = torch.exp(dt * re)
        p, q, squared = modulus * torch.cos(dt * im), modulus * torch.sin(dt * im), re * re + im * im
        b_re, b_im = ((p - 1) * re + q * im) / squared, (q * re - (p - 1) * im) / squared
        return {"a_re": p, "a_im": q, "b_re": b_re, "b_im": b_im}

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` (the paper's u) is ``batch feature``; the state is as :meth:`initial_state` has it."""
        re, im = (torch.unflatten(part, -1, (self.modes, self.hidden)) for part in state)
        own, v = self.derived, x @ self.kernel
        each = v.unsqueeze(-2)
        re, im = (
            own["a_re"] * re - own["a_im"] * im + own["b_re"] * each,
            own["a_im"] * re + own["a_re"] * im + own["b_im"] * each,
        )
        y = 2 * (self.c_re * re - self.c_im * im).sum(-2) + self.d * v
        y = F.gelu(y, approximate="tanh") if self.activation == "gelu" else y
        return y, (re.flatten(-2), im.flatten(-2))
