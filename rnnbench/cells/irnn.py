"""The recurrent network of rectified units that starts at the identity."""

from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from rnnbench.cell import Cell, State, assign
from rnnbench.registry import CELLS


@CELLS.register("irnn")
class IRNN(Cell):
    """h' = max(0, W x + U h + b), with U the identity and b zero at the start.

    ``scale`` multiplies the identity (0.01 where the paper wants short memories, as for speech); W is Gaussian with
    standard deviation ``kernel_std``. At the start, then, the state adds up what is positive and never forgets.
    """

    source = "Le et al. 2015, Sec. 3"
    kind = "vanilla"
    initialisation = frozenset({"scale", "kernel_std"})

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        scale: float = 1.0,
        kernel_std: Annotated[float, Field(gt=0)] = 0.001,
    ) -> None:
        super().__init__(inputs, hidden)
        self.scale, self.kernel_std = scale, kernel_std
        self.kernel = nn.Parameter(torch.empty(inputs, hidden))
        self.recurrent = nn.Parameter(torch.empty(hidden, hidden))
        self.bias = nn.Parameter(torch.empty(hidden))

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Only the kernel is random."""
        assign(self.kernel, rng.normal(scale=self.kernel_std, size=(self.inputs, self.hidden)))
        assign(self.recurrent, self.scale * np.eye(self.hidden))
        assign(self.bias, 0.0)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is ``(h,)``, ``batch hidden``."""
        (h,) = state
        h = torch.relu(x @ self.kernel + h @ self.recurrent + self.bias)
        return h, (h,)
