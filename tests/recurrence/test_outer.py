"""Sums of gradients: which are one loop, and that a stretch that is cut short is added up whole."""

import pytest
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.recurrence import numba_source
from rnnbench.recurrence.adjoint import adjoint
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.recurrence.lower import lower
from rnnbench.recurrence.numba_kernel import NumbaKernel
from rnnbench.recurrence.outer import Sums, sums_of
from tests.recurrence.against_eager import both, make


def loops(text: str, hidden: int) -> list[tuple[int, int, tuple[int, ...]]]:
    """Rows, columns and starts of each sum, cotangents laid out as kernels do."""
    gradients = sorted(adjoint(lower(make(text, 1, hidden)).step).gradients, key=lambda g: g.start)
    late, row = {}, 0
    for g in gradients:
        if g.cotangent not in late:
            late[g.cotangent] = row
            row += g.cotangent.width
    return [(item.rows, item.columns, item.starts) for item in sums_of(gradients, late)]


def test_gates_are_one_sum() -> None:
    """An LSTM of 3 units: W (1 x 12), U (3 x 12) and two biases of 12, which are alike."""
    assert sorted(loops("lstm:torch", 3)) == [(1, 12, (0,)), (1, 12, (48, 60)), (3, 12, (12,))]


def test_what_does_not_go_on_stays_apart() -> None:
    """A gap between the columns, or between the weights, or twins of one of two."""
    one = Sums(None, 0, 1, first_late=0, columns=4, starts=(8, 20))
    assert one.goes_on_in(Sums(None, 0, 1, first_late=4, columns=2, starts=(12, 24)))
    assert not one.goes_on_in(Sums(None, 0, 1, first_late=5, columns=2, starts=(12, 24)))
    assert not one.goes_on_in(Sums(None, 0, 1, first_late=4, columns=2, starts=(13, 25)))
    assert not one.goes_on_in(Sums(None, 0, 1, first_late=4, columns=2, starts=(12,)))
    assert not one.goes_on_in(Sums(None, 0, 2, first_late=4, columns=2, starts=(12, 24)))


class Sliding(Cell):
    """Neighbours are added: two parts of one product, and of one bias, which lie over each other."""

    name, source = "sliding", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.bias, self.w = nn.Parameter(torch.empty(hidden + 1)), nn.Parameter(torch.empty(inputs, hidden + 1))
        self.r = nn.Parameter(torch.empty(hidden, hidden + 1))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        u, v = x @ self.w, state[0] @ self.r
        h = torch.tanh(u[:, :-1] + u[:, 1:] + v[:, 1:] + v[:, :-1] + self.bias[1:] + self.bias[:-1])
        return h, (h,)


@pytest.mark.parametrize(("inputs", "hidden"), [(1, 1), (1, 2), (1, 9), (2, 9), (3, 16)])
def test_parts_that_lie_over_each_other(inputs: int, hidden: int) -> None:
    assert_equal_to_eager(Sliding(inputs, hidden).double(), inputs, 6)


@pytest.mark.parametrize("longest", [1, 3, 4, 5, 8, 11])
def test_stretches_that_end_early(longest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of four steps each; double precision against eager."""
    monkeypatch.setattr(numba_source, "STRETCH", 4)
    assert_equal_to_eager(make("gru:torch", 2, 3).double(), 2, longest)


def assert_equal_to_eager(cell: Cell, inputs: int, longest: int) -> None:
    generator = torch.Generator().manual_seed(longest)
    weights = {name: torch.randn(2, *p.shape, generator=generator).double() for name, p in cell.named_parameters()}
    x = torch.randn(longest, 2, 5, inputs, generator=generator, dtype=torch.float64)
    lengths = torch.randint(1, longest + 1, (2, 5), generator=generator)
    lengths[0, 0] = longest
    expected = both(EagerKernel(cell, 2, 5), weights, x, lengths)
    for exact, found in zip(expected, both(NumbaKernel(cell, 2, 5), weights, x, lengths), strict=True):
        assert torch.allclose(exact, found, rtol=1e-10, atol=1e-12)
