"""Operation counts against counts by hand, and the limit against what it cannot be."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnbench.bench.arithmetic import TRANSCENDENTAL, operations
from rnnbench.bench.peak import peak
from rnnbench.cell import Cell, State
from rnnbench.parameters import resolve
from rnnbench.recurrence.operations import NotLowered
from rnnbench.registry import CELLS


def shipped(text: str, hidden: int) -> Cell:
    resolved = resolve(CELLS, text)
    cell: Cell = CELLS[resolved.name](1, hidden, **resolved.parameters)
    return cell


class Summing(Cell):
    """h' = h + x U: counted below operation by operation."""

    name, source = "summing", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.u = nn.Parameter(torch.zeros(inputs, hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h = state[0] + x @ self.u
        return h, (h,)


@pytest.mark.parametrize("hidden", [1, 2, 5, 8])
def test_srnn_by_hand(hidden: int) -> None:
    n = hidden
    forward = n + n * (2 * n - 1) + n + 2 * n + TRANSCENDENTAL * n  # x W, h U, their sum, two biases, tanh
    slope = n + 3 * n  # the two cotangents of h added; g (1 - h h)
    backward = n * (2 * n - 1) + 2 * n + 2 * n * n + 2 * n  # back through U; gradients of W, U and both biases
    assert operations(shipped("srnn", hidden)) == forward + slope + backward


@pytest.mark.parametrize(("inputs", "hidden"), [(3, 4), (2, 1)])
def test_a_sum_by_hand(inputs: int, hidden: int) -> None:
    forward = hidden * (2 * inputs - 1) + hidden
    backward = hidden + 2 * inputs * hidden  # the two cotangents of h added; the gradient of U
    assert operations(Summing(inputs, hidden)) == forward + backward


def test_a_bias_costs_its_sum_and_its_gradient() -> None:
    assert operations(shipped("srnn:biases=2", 7)) - operations(shipped("srnn:biases=1", 7)) == 2 * 7


def test_gates_cost_products_and_functions() -> None:
    """For many units the recurrent products decide: 3 passes of 2 n n for each gate."""
    for cell, gates in (("srnn", 1), ("lstm", 4), ("gru", 3)):
        assert operations(shipped(cell, 64)) / (gates * 6 * 64 * 64) == pytest.approx(1, abs=0.12)


def test_a_reservoir_has_no_pass_back() -> None:
    """x W, h U, their sum, a bias and tanh; weights are fixed, and the read-out is not counted."""
    assert operations(shipped("esn", 7)) == 7 + 7 * (2 * 7 - 1) + 7 + 7 + TRANSCENDENTAL * 7


def test_what_is_not_lowered_has_no_count() -> None:
    class Branching(Summing):
        def step(self, x: Tensor, state: Any) -> Any:
            return super().step(x if x.sum() > 0 else -x, state)

    with pytest.raises(NotLowered):
        operations(Branching(1, 2))


def test_the_limit_is_that_of_vectors() -> None:
    """Above what one multiply-add a nanosecond gives, far below what any core can do."""
    assert 2e9 < peak(samples=3) < 2e12
