"""What a kernel does once rather than at every step: a small cell's sums in registers, biases added beforehand."""

import pytest
import torch

from rnnbench.recurrence import numba_source
from rnnbench.recurrence.adjoint import adjoint, alike
from rnnbench.recurrence.graph import Weight
from rnnbench.recurrence.kept import made_of_weights
from rnnbench.recurrence.lower import lower
from rnnbench.recurrence.numba_kernel import NumbaKernel
from tests.recurrence.against_eager import both, make

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


@pytest.mark.parametrize(("text", "hidden", "ready"), [("srnn", 1, 1), ("lstm", 3, 4), ("srnn:keras3", 1, 0)])
def test_biases_that_are_added_are_ready(monkeypatch: pytest.MonkeyPatch, text: str, hidden: int, ready: int) -> None:
    """The same numbers as if they were added at every step."""
    cell = make(text, 1, hidden)
    once = NumbaKernel(cell, 3, 5)
    sums = made_of_weights(once.lowered.step)
    assert [node.width for node in sums] == [hidden] * ready
    assert all(isinstance(term, Weight) for node in sums for term in node.sources)
    generator = torch.Generator().manual_seed(4)
    weights = {name: torch.randn(3, *p.shape, generator=generator) for name, p in cell.named_parameters()}
    inputs, lengths = torch.randn(9, 3, 5, 1, generator=generator), torch.full((3, 5), 9)
    source, found = once.source(), both(once, weights, inputs, lengths)
    monkeypatch.setattr(numba_source, "made_of_weights", lambda step: [])
    always = NumbaKernel(cell, 3, 5)
    assert (always.source() == source) == (ready == 0)
    for a, b in zip(found, both(always, weights, inputs, lengths), strict=True):
        assert torch.equal(a, b)
