"""Random cells: their graphs against PyTorch's autograd, and a few of their compiled kernels against eager."""

import os
import random

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from torch import Tensor

from rnnbench.recurrence.eager import EagerKernel
from rnnbench.recurrence.numba_kernel import NumbaKernel
from tests.recurrence.against_torch import compare
from tests.recurrence.random_cells import RandomCell, draw
from tests.recurrence.test_kernels import both, error

COMPILED = 60 if "RNNBENCH_FULL" in os.environ else 4
"""Programs that are compiled, which takes seconds each."""


def uniform(rng: np.random.Generator, *shape: int) -> Tensor:
    return torch.from_numpy(rng.uniform(-1, 1, size=shape))


@settings(max_examples=250, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_graphs_equal_autograd(source: random.Random) -> None:
    program = draw(source)
    note(str(program))
    cell, rng = RandomCell(program), np.random.default_rng(1)
    for parameter in cell.parameters():
        parameter.data = uniform(rng, *parameter.shape)
    compare(cell, 1.5 * uniform(rng, 4, 3, program.inputs), [uniform(rng, 3, *shape) for shape in program.states])


@pytest.mark.parametrize("seed", range(COMPILED))
def test_kernels_equal_eager(seed: int) -> None:
    program = draw(random.Random(seed))
    members, batch, longest = 3, 5, 7
    rng, cell = np.random.default_rng(seed), RandomCell(program)
    weights = {name: uniform(rng, members, *p.shape) for name, p in cell.named_parameters()}
    x = 1.5 * uniform(rng, longest, members, batch, program.inputs)
    lengths = torch.from_numpy(rng.integers(1, longest + 1, size=(members, batch)))
    exact = both(EagerKernel(cell, members, batch), weights, x, lengths)
    fused = both(NumbaKernel(cell, members, batch), weights, x, lengths)
    for a, b in zip(exact, fused, strict=True):
        assert error(a, b) <= 1e-10 * max(float(a.abs().max()), 1e-3), f"\n{program}"
