"""Lanes of a group: what they depend on, and that vectors of either width give the same bits."""

import numpy as np
import pytest
import torch

from rnnbench.recurrence import shape
from rnnbench.recurrence.numba_kernel import NumbaKernel
from rnnbench.recurrence.shape import shape_of
from tests.recurrence.against_eager import both, make


@pytest.mark.parametrize(
    ("weights", "batch", "members", "lanes"),
    [
        (3, 16, 8, 128),
        (12, 16, 4, 64),
        (12, 33, 1, 64),
        (40, 5, 12, 64),
        (41, 16, 1, 16),
        (288, 33, 1, 48),
        (3, 144, 1, 144),
    ],
)
def test_lanes_hold_whole_members(weights: int, batch: int, members: int, lanes: int) -> None:
    made = shape_of(weights, batch)
    assert (made.members, made.lanes) == (members, lanes)
    assert made.lanes % made.vector == 0


@pytest.mark.parametrize(("values", "counts"), [(4, (32, 64)), (5, (16, 64)), (6, (16, 32)), (14, (16, 32))])
def test_a_pass_that_holds_few_values_has_vectors_of_four_registers_and_else_of_two(
    values: int, counts: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for register, count in zip((8, 16), counts, strict=True):
        monkeypatch.setattr(shape, "lanes_of_register", lambda register=register: register)
        assert shape_of(12, 16).holding(values).vector == count


@pytest.mark.parametrize(("text", "hidden"), [("irnn", 6), ("lstm", 1)])  # tanh of 8 lanes is not that of 16
def test_vectors_of_either_width_give_the_same_bits(text: str, hidden: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    members, batch, longest = 2, 5, 20
    cell = make(text, 1, hidden)
    weights = {name: torch.from_numpy(rng.normal(size=(members, *p.shape))) for name, p in cell.named_parameters()}
    inputs = torch.from_numpy(rng.normal(size=(longest, members, batch, 1))).float()
    lengths = torch.from_numpy(rng.integers(1, longest + 1, size=(members, batch)))
    found, sources = [], []
    for count in (8, 16):
        monkeypatch.setattr(shape, "lanes_of_register", lambda count=count: count)
        kernel = NumbaKernel(cell.float(), members, batch)
        found.append(both(kernel, weights, inputs, lengths))
        sources.append(kernel.source())
    assert sources[0] != sources[1]
    for narrow, wide in zip(*found, strict=True):
        assert torch.equal(narrow, wide)
