"""The cell my_cell."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.registry import CELLS


@CELLS.register("my_cell")
class MyCell(Cell):
    """h' = a h + (1 - a) tanh(x W + h U + b): a unit forgets no faster than by the factor a a step."""

    # Who defined it: authors and year, then where. It is printed with every result.
    source = "Yourself, unpublished"
    # Its family: vanilla, gated, bistable, orthogonal, oscillator, state space, matrix memory, fixed, other.
    kind = "vanilla"

    # Parameters, `my_cell:a=0.5` on the command line, stand after the asterisk. The annotation says
    # which values there are. Those that only decide how weights start are named in a class attribute
    # `initialisation = frozenset({...})`.
    def __init__(self, inputs: int, hidden: int, *, a: Annotated[float, Field(ge=0, lt=1)] = 0.9) -> None:
        super().__init__(inputs, hidden)
        self.a = a
        # Drawn by `reset_parameters`, by default from U(±1/sqrt(hidden)) as in torch: override it for another start.
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.u = nn.Parameter(torch.empty(hidden, hidden))
        self.b = nn.Parameter(torch.empty(hidden))

    # The state is one zero vector of `hidden` numbers; override `initial_state` for more of them, or others.
    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``, ``batch hidden``, which is the output too."""
        (h,) = state
        h = self.a * h + (1 - self.a) * torch.tanh(x @ self.w + h @ self.u + self.b)
        return h, (h,)
