"""Gradients that vanish: kernels do without numbers that processors are slow at, and leave their thread as it was."""

import numpy as np
import pytest
import torch
from torch import Tensor

from rnnbench.recurrence.denormal import can_flush
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.recurrence.numba_kernel import NumbaKernel
from tests.recurrence.against_eager import both, make

SMALLEST = float(np.finfo(np.float32).tiny)
"""The smallest number of full precision."""


def flushes() -> bool:
    """Whether this thread's arithmetic makes nought of what is smaller."""
    return not np.any(np.full(64, SMALLEST, dtype=np.float32) * np.float32(0.5))


def vanishing(kernel: type[NumbaKernel] | type[EagerKernel]) -> Tensor:
    """Gradients of inputs (``time member batch feature``): ten times smaller each step back from steps 49 and 99."""
    cell = make("srnn", 1, 1)
    weights = {name: torch.full((8, *p.shape), 0.0 if "bias" in name else 0.1) for name, p in cell.named_parameters()}
    lengths = torch.full((8, 16), 100)
    return both(kernel(cell, 8, 16), weights, torch.zeros(100, 8, 16, 1), lengths)[-1]


def is_tiny(numbers: Tensor) -> Tensor:
    """Whether they are smaller than full precision allows, but not nought."""
    return (numbers != 0) & (numbers.abs() < SMALLEST)


@pytest.mark.skipif(not can_flush(), reason="the mode is known for x86-64 alone")
def test_vanishing_gradients_become_nought() -> None:
    assert is_tiny(vanishing(EagerKernel)).any()
    assert not is_tiny(vanishing(NumbaKernel)).any()


@pytest.mark.skipif(not can_flush(), reason="the mode is known for x86-64 alone")
@pytest.mark.parametrize("before", [False, True])
def test_the_thread_stays_as_it_was(before: bool) -> None:
    try:
        assert torch.set_flush_denormal(before)
        assert flushes() == before
        found = vanishing(NumbaKernel)
        assert flushes() == before
        torch.set_flush_denormal(not before)
        assert torch.equal(found, vanishing(NumbaKernel))  # whatever the thread's mode
    finally:
        torch.set_flush_denormal(False)
