"""Bistable recurrent cells: memory in each unit by itself, whatever the weights between units do."""

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.parts.initialise import draw
from rnnbench.registry import CELLS


@CELLS.register("brc")
class BRC(Cell):
    """a = 1 + tanh(U_a x + w_a h + b_a), c = σ(U_c x + w_c h + b_c), h' = c h + (1 - c) tanh(U x + a h).

    A unit sees no state but its own. With feedback a above 1 it has two stable states and holds one for good; below 1
    it forgets; c is how slowly it moves. The kernel holds U_a, U_c, U. As in the authors' code w_a and w_c start at 1.
    """

    source = "Vecoven et al. 2020, bistable cell; biases and start of the authors' code"
    kind = "bistable"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.kernel = nn.Parameter(torch.empty(inputs, 3 * hidden))
        self.recurrent = nn.Parameter(self._empty_recurrent())
        self.bias = nn.Parameter(torch.empty(2 * hidden))

    def _empty_recurrent(self) -> Tensor:
        return torch.empty(2, self.hidden)

    def _draw_recurrent(self, rng: np.random.Generator) -> np.ndarray:
        return np.ones((2, self.hidden))

    def _feedback(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """What a and c see of the state."""
        return h * self.recurrent[0], h * self.recurrent[1]

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Each part of the kernel is glorot by itself; biases are zero."""
        parts = [draw("glorot", rng, (self.inputs, self.hidden), self.hidden) for _ in range(3)]
        assign(self.kernel, np.concatenate(parts, axis=1))
        assign(self.recurrent, self._draw_recurrent(rng))
        assign(self.bias, 0.0)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``, ``batch hidden``."""
        (h,) = state
        of_a, of_c, of_h = (x @ self.kernel).chunk(3, dim=-1)
        h_a, h_c = self._feedback(h)
        b_a, b_c = self.bias.chunk(2)
        a = 1 + torch.tanh(of_a + h_a + b_a)
        c = torch.sigmoid(of_c + h_c + b_c)
        h = c * h + (1 - c) * torch.tanh(of_h + a * h)
        return h, (h,)


@CELLS.register("nbrc")
class NBRC(BRC):
    """a = 1 + tanh(U_a x + W_a h + b_a), c = σ(U_c x + W_c h + b_c), h' = c h + (1 - c) tanh(U x + a h).

    Neuromodulated: the other units tune the feedback a and the slowness c of a unit, and nothing else of it.
    """

    source = "Vecoven et al. 2020, neuromodulated cell; biases and start of the authors' code"
    kind = "bistable"

    def _empty_recurrent(self) -> Tensor:
        return torch.empty(self.hidden, 2 * self.hidden)

    def _draw_recurrent(self, rng: np.random.Generator) -> np.ndarray:
        parts = [draw("glorot", rng, (self.hidden, self.hidden), self.hidden) for _ in range(2)]
        return np.concatenate(parts, axis=1)

    def _feedback(self, h: Tensor) -> tuple[Tensor, Tensor]:
        of_a, of_c = (h @ self.recurrent).chunk(2, dim=-1)
        return of_a, of_c
