"""A small cell goes back in registers: the same gradients as in memory, and only where there is room."""

import pytest
import torch

from rnnbench.recurrence import numba_source
from rnnbench.recurrence.adjoint import adjoint, alike
from rnnbench.recurrence.lower import lower
from rnnbench.recurrence.numba_kernel import NumbaKernel
from tests.recurrence.test_kernels import both, make

HELD = "held_in_registers"


@pytest.mark.parametrize(
    ("text", "inputs", "hidden", "held"),
    [("srnn", 1, 1, True), ("srnn", 1, 2, False), ("lstm", 1, 1, True), ("lstm", 2, 1, False), ("srnn", 1, 8, False)],
)
def test_what_is_held(text: str, inputs: int, hidden: int, held: bool) -> None:
    source = NumbaKernel(make(text, inputs, hidden), 3, 5).source()
    assert (HELD in source) == held
    assert ("# step backwards" in source) != held


def test_biases_that_are_added_share_a_sum() -> None:
    """srnn has two: rows 0 and 1 are its kernel and its recurrent weight, 2 and 3 the biases."""
    every = adjoint(lower(make("srnn", 1, 1)).step).gradients
    starts = alike(every)
    assert sorted(place for g in every for place in g.places) == [0, 1, 2, 3]
    assert sorted(sorted(own) for own in starts.values()) == [[0], [1], [2, 3]]


@pytest.mark.parametrize("text", ["srnn", "lstm", "gru:keras2", "halves"])
def test_gradients_are_those_of_sums_in_memory(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Ragged lengths, a sequence of one step among them; double precision, so that only the order of sums differs."""
    generator = torch.Generator().manual_seed(3)
    cell = make(text, 1, 1)
    weights = {name: torch.randn(3, *p.shape, generator=generator) for name, p in cell.named_parameters()}
    inputs = torch.randn(23, 3, 5, 1, generator=generator, dtype=torch.float64)
    lengths = torch.randint(1, 24, (3, 5), generator=generator)
    lengths[0, 0], lengths[2, 4] = 1, 23
    held = NumbaKernel(cell, 3, 5)
    assert HELD in held.source()
    found = both(held, weights, inputs, lengths)
    monkeypatch.setattr(numba_source, "MOST", 0)
    in_memory = NumbaKernel(cell, 3, 5)
    assert HELD not in in_memory.source()
    for a, b in zip(found, both(in_memory, weights, inputs, lengths), strict=True):
        assert torch.allclose(a, b, rtol=1e-12, atol=1e-13)
