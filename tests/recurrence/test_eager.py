"""The reference kernel against a plain loop, for cells of every kind the contract allows."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.recurrence.product import member_product
from rnnbench.registry import CELLS

MEMBERS, BATCH, TIME, INPUTS, HIDDEN = 4, 5, 6, 2, 3


class Orthogonal(Cell):
    """A cell whose recurrent matrix is derived once an update, with a learned initial state."""

    name, source = "orthogonal", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.skew = nn.Parameter(torch.empty(hidden, hidden))
        self.kernel = nn.Parameter(torch.empty(inputs, hidden))
        self.start = nn.Parameter(torch.empty(hidden))

    def derive(self) -> Mapping[str, Tensor]:
        return {"rotation": torch.linalg.matrix_exp(self.skew - self.skew.T)}

    def initial_state(self, batch: int) -> State:
        return (self.start.expand(batch, self.hidden),)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h = torch.tanh(x @ self.kernel + state[0] @ self.derived["rotation"])
        return h, (h,)


class Untraceable(Cell):
    """A cell that looks at its data with a Python if."""

    name, source = "untraceable", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.kernel = nn.Parameter(torch.empty(inputs, hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h = torch.tanh(state[0] + x @ self.kernel) if float(x.sum()) > 0 else state[0] * 0.5
        return h, (h,)


def registered() -> list[type[Cell]]:
    return [CELLS[name] for name in CELLS if CELLS[name].by_step]


def example(kind: type[Cell]) -> tuple[Cell, dict[str, Tensor], Tensor, Tensor]:
    """A cell, weights for all members, inputs and lengths."""
    rng = np.random.default_rng(0)
    cell = kind(INPUTS, HIDDEN).double()
    rows = []
    for _ in range(MEMBERS):
        cell.reset_parameters(rng)
        rows.append({name: parameter.detach().clone() for name, parameter in cell.named_parameters()})
    weights = {name: torch.stack([row[name] for row in rows]).requires_grad_() for name in rows[0]}
    inputs = torch.from_numpy(rng.normal(size=(TIME, MEMBERS, BATCH, INPUTS)))
    return cell, weights, inputs, torch.from_numpy(rng.integers(1, TIME + 1, size=(MEMBERS, BATCH)))


def plain(cell: Cell, weights: dict[str, Tensor], inputs: Tensor, lengths: Tensor, wanted: int) -> Tensor:
    """Each sequence of each member by itself: its output at its own last step, or at ``wanted`` if it is longer."""
    outputs = []
    for member in range(MEMBERS):
        cell.load_state_dict({name: value[member].detach() for name, value in weights.items()})
        cell.derived = cell.derive()
        for row in range(BATCH):
            state = tuple(part.double() for part in cell.initial_state(1))
            output = state[0]
            for time in range(wanted + 1):
                if time < lengths[member, row]:
                    output, state = cell.step(inputs[time, member, row : row + 1], state)
            outputs.append(output.detach())
    return torch.cat(outputs).view(MEMBERS, BATCH, HIDDEN)


@pytest.mark.parametrize("kind", [*registered(), Orthogonal], ids=lambda kind: kind.name)
def test_equals_a_plain_loop_with_ragged_lengths(kind: type[Cell]) -> None:
    cell, weights, inputs, lengths = example(kind)
    kernel = EagerKernel(cell, MEMBERS, BATCH)
    outputs = kernel(weights, inputs, lengths, int(lengths.min()), list(range(TIME)))
    assert kernel.reason == ""
    for time in range(TIME):
        here = lengths > time  # an output beyond a sequence's end is nobody's answer
        torch.testing.assert_close(
            outputs[time][here], plain(cell, weights, inputs, lengths, time)[here], rtol=0, atol=1e-12
        )


def test_padding_cannot_overflow() -> None:
    """A cell that doubles its state at each step stays at the value it had when its sequence ended."""

    class Doubling(Cell):
        name, source = "doubling", "a test"

        def __init__(self, inputs: int, hidden: int) -> None:
            super().__init__(inputs, hidden)
            self.w = nn.Parameter(torch.empty(inputs, hidden))

        def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
            h = 2e19 * (state[0] + x @ self.w)
            return h, (h,)

    kernel = EagerKernel(Doubling(1, 1), 2, 1)
    weights = {"w": torch.ones(2, 1, 1, requires_grad=True)}
    inputs = torch.zeros(5, 2, 1, 1)
    inputs[0] = 1.0
    ends = torch.tensor([[1], [5]])
    outputs = kernel(weights, inputs, ends, 1, [0, 4])
    outputs[0][0].sum().backward(retain_graph=True)  # type: ignore[no-untyped-call]
    assert weights["w"].grad is not None
    assert weights["w"].grad[0].item() == pytest.approx(2e19)
    assert not outputs[4][1].isfinite().any()  # the other member really overflows


def test_what_cannot_be_traced_runs_member_by_member_and_says_why() -> None:
    cell, weights, inputs, lengths = example(Untraceable)
    kernel = EagerKernel(cell, MEMBERS, BATCH)
    outputs = kernel(weights, inputs, torch.full_like(lengths, TIME), TIME, [TIME - 1])
    assert kernel.reason.startswith("untraceable cannot be traced over members (")
    for member in range(MEMBERS):
        cell.load_state_dict({name: value[member].detach() for name, value in weights.items()})
        state = tuple(part.double() for part in cell.initial_state(BATCH))
        for time in range(TIME):
            output, state = cell.step(inputs[time, member], state)
        torch.testing.assert_close(outputs[TIME - 1][member], output, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", [*registered(), Orthogonal], ids=lambda kind: kind.name)
def test_gradients_against_finite_differences(kind: type[Cell]) -> None:
    cell, weights, inputs, lengths = example(kind)
    kernel = EagerKernel(cell, MEMBERS, BATCH)

    weights = {name: value.detach().requires_grad_(name not in cell.fixed) for name, value in weights.items()}

    def loss(*values: Tensor) -> Tensor:
        own = dict(zip(weights, values, strict=True))
        return kernel(own, inputs, lengths, int(lengths.min()), [TIME - 1])[TIME - 1].sum()

    if cell.fixed == set(weights):
        assert not loss(*weights.values()).requires_grad
    else:
        assert torch.autograd.gradcheck(loss, tuple(weights.values()))


@pytest.mark.parametrize("shape", [(5, 3, 7), (16, 1, 4), (33, 33, 1), (16, 8, 32), (1, 31, 93)])
def test_products_round_alike_in_every_row(shape: tuple[int, int, int]) -> None:
    rows, inner, columns = shape
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(1, rows, inner, generator=generator).repeat(64, 1, 1).requires_grad_()
    b = torch.randn(1, inner, columns, generator=generator).repeat(64, 1, 1).requires_grad_()
    product = member_product(a, b)
    (product * product).sum().backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(product, torch.bmm(a, b), rtol=1e-5, atol=1e-5)
    for tensor in (product, a.grad, b.grad):
        assert tensor is not None
        assert bool((tensor == tensor[:1]).all())
