"""A stranger's cell and task: those of Pascanu et al. 2013, Fig. 6, in one plug-in file."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.registry import CELLS, TASKS
from rnnbench.task import Array, Batch, Success, Task, Values


@CELLS.register("wall")
class Wall(Cell):
    """x' = w σ(x) + b, x_0 = 0.5, no input: the cell of Pascanu et al. 2013, Fig. 6."""

    source = "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w, self.b = nn.Parameter(torch.empty(hidden)), nn.Parameter(torch.empty(hidden))

    def initial_state(self, batch: int) -> State:
        return (torch.full((batch, self.hidden), 0.5),)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        new = self.w * torch.sigmoid(state[0]) + self.b + 0.0 * x.sum(1, keepdim=True)
        return torch.sigmoid(new), (new,)


@TASKS.register("seventy")
@dataclass(frozen=True, kw_only=True)
class Seventy(Task):
    """Say 0.7, whatever is seen."""

    source = "a test"
    answer = Values(1)
    success = Success("mse", 0.01)
    chance = 0.1

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        scored = np.zeros((batch, length), dtype=bool)
        scored[:, -1] = True
        return Batch.at(rng.normal(size=(batch, length, 1)), np.full((batch, length, 1), 0.7), scored)

    def solve(self, inputs: Array) -> Array:
        return np.full((*inputs.shape[:2], 1), 0.7)
