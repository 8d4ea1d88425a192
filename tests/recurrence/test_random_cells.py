"""Random cells: their graphs against autograd; their kernels, as Python and, a few, compiled, against eager."""

import os
import random
from pathlib import Path

import numba
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from torch import Tensor

from rnnbench.recurrence import compile as compilation
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.recurrence.numba_kernel import NumbaKernel
from tests.recurrence.against_eager import both, error
from tests.recurrence.against_torch import compare
from tests.recurrence.plain_lanes import install
from tests.recurrence.random_cells import RandomCell, draw

COMPILED = 60 if "RNNBENCH_FULL" in os.environ else 2
"""Programs that are compiled, which takes seconds each."""


def uniform(rng: np.random.Generator, *shape: int) -> Tensor:
    return torch.from_numpy(rng.uniform(-1, 1, size=shape))


@settings(max_examples=120, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_graphs_equal_autograd(source: random.Random) -> None:
    program = draw(source)
    note(str(program))
    cell, rng = RandomCell(program), np.random.default_rng(1)
    for parameter in cell.parameters():
        parameter.data = uniform(rng, *parameter.shape)
    compare(cell, 1.5 * uniform(rng, 4, 3, program.inputs), [uniform(rng, 3, *shape) for shape in program.states])


def compare_kernels(seed: int, members: int, batch: int, longest: int) -> None:
    program = draw(random.Random(seed))
    rng, cell = np.random.default_rng(seed), RandomCell(program)
    weights = {name: uniform(rng, members, *p.shape) for name, p in cell.named_parameters()}
    x = 1.5 * uniform(rng, longest, members, batch, program.inputs)
    lengths = torch.from_numpy(rng.integers(1, longest + 1, size=(members, batch)))
    exact = both(EagerKernel(cell, members, batch), weights, x, lengths)
    fused = both(NumbaKernel(cell, members, batch), weights, x, lengths)
    for name, a, b in zip(["outputs", *weights, "inputs"], exact, fused, strict=True):
        assert error(a, b) <= 1e-10 * max(float(a.abs().max()), 1e-3), f"{name} of seed {seed}:\n{program}"


def test_kernels_equal_eager_without_compiling(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is compiled is Python too: slow to run, quick to begin."""
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    install(monkeypatch)
    monkeypatch.setattr(compilation, "_loaded", {})
    monkeypatch.setenv(compilation.FOLDER, str(tmp_path))
    with np.errstate(all="ignore"):  # lanes without a sequence
        for seed in range(100, 130):
            compare_kernels(seed, members=3, batch=2, longest=3)


@pytest.mark.parametrize("seed", range(COMPILED))
def test_kernels_equal_eager(seed: int) -> None:
    compare_kernels(seed, members=3, batch=5, longest=7)
