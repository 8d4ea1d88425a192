"""Plug-ins that are wrong in one way."""

TASK = '''
from dataclasses import dataclass
import numpy as np
from rnnbench.registry import TASKS
from rnnbench.task import Batch, Task

@TASKS.register("{name}")
@dataclass(frozen=True, kw_only=True)
class Broken(Task):
    """Wrong in one way."""
    source = "a test"

    def sample(self, rng, batch, length):
        x = rng.normal(size=(batch, length, 1)).astype(np.float32)
        y = np.ones((batch, length), dtype=np.int64)
        n = np.full(batch, length)
        s = np.ones((batch, length), dtype=bool)
        {body}
'''
CELL = '''
import torch
from rnnbench.cell import Cell
from rnnbench.registry import CELLS

@CELLS.register("{name}")
class Broken(Cell):
    """Wrong in one way."""
    source = "a test"

    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden)
        self.w = torch.nn.Parameter(torch.empty(inputs, hidden))

    def step(self, x, state):
        (h,) = state
        {body}
'''
