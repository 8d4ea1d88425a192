"""Steps whose meaning a trace or a formula may miss: each equals eager, or is refused by name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.recurrence.interpret import NUMPY
from rnnbench.recurrence.lower import lower
from rnnbench.recurrence.numba_kernel import NumbaKernel
from rnnbench.recurrence.operations import NotLowered
from rnnbench.recurrence.proof import differences, require_true
from rnnbench.registry import CELLS
from tests.recurrence.against_eager import both, compare
from tests.recurrence.odd_cells import ODD

Form = Callable[["Trap", Tensor, Tensor], Tensor]
"""From cell, pre-activation and state to the new state."""


class Trap(Cell):
    """An Elman cell with a trap in it."""

    name, source = "trap", "a test"
    form: Form

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.u = nn.Parameter(torch.empty(hidden, hidden))

    def count(self) -> int:
        """How often it was asked."""
        self.asked = getattr(self, "asked", 0) + 1
        return self.asked

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        (h,) = state
        h = type(self).form(self, x @ self.w, h)
        return h, (h,)


EQUAL: dict[str, Form] = {
    "scaled addmm": lambda cell, a, h: torch.tanh(torch.addmm(a, h, cell.u, alpha=0.5)),
    "two masks at once": lambda cell, a, h: torch.tanh(a + h @ cell.u) * ((h > -0.5) * (a > -0.5)),
    "masks counted": lambda cell, a, h: torch.tanh(a + h @ cell.u) * ((h > -0.5).sum(1, keepdim=True) + (a > 0) * 1.0),
    "either mask": lambda cell, a, h: torch.tanh(a + h @ cell.u) * torch.maximum(h > -0.5, a > 0.5),
    "log of a gate": lambda cell, a, h: torch.tanh(0.1 * torch.log(torch.sigmoid(8 * a - 25.0)) + h @ cell.u),
    "log of a gate at nought": lambda cell, a, h: torch.tanh(torch.log(torch.sigmoid(a - a.detach())) + h @ cell.u),
    "a power": lambda cell, a, h: torch.tanh(torch.exp(0.1 * a) ** (h @ cell.u)),
}
REFUSED: dict[str, tuple[Form, str]] = {
    "masks added": (
        lambda cell, a, h: torch.tanh(a + h @ cell.u) * ((h > -0.5) + (a > 0)),
        "aten.add.Tensor of truth values, which is no sum of noughts and ones (test_traps.py:",
    ),
    "data": (
        lambda cell, a, h: torch.tanh(a + h.data @ cell.u),
        "(what .data takes has no gradient; .detach() says so to a trace) (test_traps.py:",
    ),
    "a hook": (
        lambda cell, a, h: hooked(torch.tanh(a + h @ cell.u)),
        "(a trace does not see the hook on a gradient) (test_traps.py:",
    ),
    "a hook where there is a gradient": (
        lambda cell, a, h: hooked(h) if h.requires_grad else torch.tanh(a + h @ cell.u),
        "(what it does depends on requires_grad, which no number has in a trace) (test_traps.py:",
    ),
    "a function of its own": (
        lambda cell, a, h: Spike.apply(a + h @ cell.u),  # type: ignore[no-untyped-call]
        "an autograd.Function of its own, without setup_context",
    ),
    "gelu by the error function": (
        lambda cell, a, h: torch.ops.aten.gelu(torch.tanh(a + h @ cell.u)),
        "by the error function: only approximate='tanh' is supported",
    ),
    "whole constants": (
        lambda cell, a, h: torch.tanh(a + h @ cell.u) * torch.tensor([1, 2, 3]),
        "is no tensor of floats (test_traps.py:",
    ),
    "a view without the batch": (
        lambda cell, a, h: torch.tanh(a + h.reshape(1, -1).view(-1, 3) @ cell.u),
        "moves, sums or drops the batch axis (test_traps.py:",
    ),
}


def hooked(value: Tensor) -> Tensor:
    value.register_hook(lambda gradient: 0.1 * gradient)  # type: ignore[no-untyped-call]
    return value


class Spike(torch.autograd.Function):
    """A step with a surrogate gradient, in the older form."""

    @staticmethod
    def forward(context: Any, a: Tensor) -> Tensor:
        context.save_for_backward(a)
        return (a > 0).to(a)

    @staticmethod
    def backward(context: Any, g: Tensor) -> Tensor:
        a: Tensor = context.saved_tensors[0]
        return g / (1 + a.abs()) ** 2


def trap(form: Form) -> type[Trap]:
    return type("Trap", (Trap,), {"form": staticmethod(form), "name": "trap"})


@pytest.mark.parametrize("case", EQUAL)
def test_equals_eager(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ODD, "trap", trap(EQUAL[case]))
    compare({"32", "64"}, NumbaKernel, text="trap", hidden=3, batch=5, longest=7, members=3, inputs=2)


def test_nought_times_the_infinite_is_no_number() -> None:
    """Folded to nought, a model that diverges would be one that learns nothing."""
    made = trap(lambda cell, a, h: torch.tanh(a + h @ cell.u) + torch.exp(torch.exp(9 + a)) * 0.0)(1, 2)
    weights = {name: torch.ones(1, *value.shape) for name, value in made.named_parameters()}
    inputs, lengths = torch.ones(3, 1, 4, 1), torch.full((1, 4), 3)
    for kernel in (EagerKernel(made, 1, 4), NumbaKernel(made, 1, 4)):
        assert torch.isnan(kernel(weights, inputs, lengths, 3, [2])[2]).all(), kernel.name


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused(case: str) -> None:
    form, reason = REFUSED[case]
    with pytest.raises(NotLowered) as caught:
        lower(trap(form)(2, 3))
    assert reason in str(caught.value)


def test_nought_to_the_power_of_nought_has_no_gradient() -> None:
    """As in torch, which the padding of short sequences meets; its base to the power of -1 is infinite."""
    cell = trap(lambda cell, a, h: torch.tanh(h @ cell.u + 0.1 * (a * a) ** a.abs()))(2, 3).double()
    rng = np.random.default_rng(0)
    weights = {name: torch.from_numpy(rng.normal(size=(2, *p.shape))) for name, p in cell.named_parameters()}
    x, lengths = torch.zeros(4, 2, 5, 2, dtype=torch.float64), torch.full((2, 5), 4)
    x[:2] = torch.from_numpy(rng.normal(size=(2, 2, 5, 2)))
    for one, other in zip(
        *(both(kind(cell, 2, 5), weights, x, lengths) for kind in (EagerKernel, NumbaKernel)), strict=True
    ):
        assert torch.isfinite(one).all()
        torch.testing.assert_close(other, one, rtol=0, atol=1e-10)


def test_a_constant_of_double_precision_is_read_in_single() -> None:
    def form(cell: Trap, a: Tensor, h: Tensor) -> Tensor:
        return torch.tensor(np.exp(-0.1)) * h + torch.tanh(a + h @ cell.u)

    cell = trap(form)(2, 3)
    weights = {name: torch.ones(2, *p.shape) / 4 for name, p in cell.named_parameters()}
    x, lengths = torch.ones(4, 2, 5, 2), torch.full((2, 5), 4)
    for one, other in zip(
        *(both(kind(cell, 2, 5), weights, x, lengths) for kind in (EagerKernel, NumbaKernel)), strict=True
    ):
        torch.testing.assert_close(other, one, rtol=1e-5, atol=1e-5)


class Started(Trap):
    """It starts where parameters say that are drawn and never trained."""

    name, source = "started", "a test"
    form = staticmethod(lambda cell, a, h: torch.tanh(a + h @ cell.u))

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.start = nn.Parameter(torch.empty(hidden), requires_grad=False)

    def initial_state(self, batch: int) -> State:
        return (self.start.expand(batch, -1),)


@pytest.mark.parametrize("kind", [EagerKernel, NumbaKernel])
def test_a_start_that_is_never_trained_is_each_members_own(kind: Any) -> None:
    cell = Started(2, 3).double()
    weights = {name: torch.zeros(2, *p.shape, dtype=torch.float64) for name, p in cell.named_parameters()}
    weights["u"] += torch.eye(3)
    weights["start"] = torch.tensor([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], dtype=torch.float64)
    x, lengths = torch.zeros(1, 2, 5, 2, dtype=torch.float64), torch.ones(2, 5, dtype=torch.int64)
    (made,) = kind(cell, 2, 5)(weights, x, lengths, 1, [0]).values()
    torch.testing.assert_close(made, torch.tanh(weights["start"])[:, None].expand(2, 5, 3))


UNSEEN: dict[str, tuple[Form, str]] = {
    "the batch size as a number": (lambda cell, a, h: torch.tanh(a + h @ cell.u / len(a)), "outputs"),
    "what it counts": (lambda cell, a, h: torch.tanh(a + h @ cell.u * cell.count()), "outputs"),
}


@pytest.mark.parametrize("case", UNSEEN)
def test_what_no_trace_sees_is_found_by_trying(case: str) -> None:
    """Whatever it is: the graph is held against the step before it is compiled."""
    form, what = UNSEEN[case]
    cell = trap(form)(2, 3)
    cell.reset_parameters(np.random.default_rng(0))
    with pytest.raises(NotLowered) as caught:
        NumbaKernel(cell, 2, 5)
    assert str(caught.value) == f"its graph has other {what} than its step, in which is something that no trace sees"


def test_a_graph_that_gives_nan_where_the_step_gives_numbers_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NUMPY, "tanh", lambda a: a * np.nan)
    cell = trap(EQUAL["scaled addmm"])(2, 3)
    with pytest.raises(NotLowered, match="its graph has other outputs than its step"):
        require_true(cell, lower(cell))


@pytest.mark.parametrize("name", [name for name in CELLS if CELLS[name].by_step])
def test_shipped_cells_are_tried_and_true(name: str) -> None:
    cell = CELLS[name](2, 3)
    cell.reset_parameters(np.random.default_rng(0))
    off = differences(cell, lower(cell))
    assert len(off) == 4 + sum(parameter.requires_grad for parameter in cell.parameters())
    assert max(off.values()) < 1e-4
