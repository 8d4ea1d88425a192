"""What cannot be lowered is refused, with the operation and the line of the cell; nothing is dropped silently."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.recurrence.adjoint import ordered
from rnnbench.recurrence.choose import make_kernel
from rnnbench.recurrence.lower import lower
from rnnbench.recurrence.operations import NotLowered
from tests.recurrence.against_torch import compare

Form = Callable[[Any, Any], Any]


class Formula(Cell):
    """A formula of the pre-activation and a weight."""

    name, source = "formula", "a test"

    def __init__(self, form: Form, inputs: int = 3, hidden: int = 3) -> None:
        super().__init__(inputs, hidden)
        self.form, self.w = form, nn.Parameter(torch.rand(inputs, hidden, dtype=torch.float64))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        a = x @ self.w
        return torch.tanh(a), (self.form(a, self.w) + a,)


def helper(a: Tensor) -> Tensor:
    return a.cumsum(1)


ELSEWHERE = compile("a.cumsum(1)", "elsewhere.py", "eval")
REFUSED: dict[str, tuple[Form, str]] = {
    "unsupported": (lambda a, w: a.cumsum(1), "aten.cumsum.default is outside the supported operations"),
    "in a helper": (lambda a, w: helper(a), "aten.cumsum.default is outside the supported operations"),
    "in another file": (lambda a, w: eval(ELSEWHERE), "aten.cumsum.default is outside the supported operations"),
    "behind an operator": (lambda a, w: a // 2, "aten.floor_divide.default is outside the supported operations"),
    "rounded division": (
        lambda a, w: torch.div(a, w[0], rounding_mode="floor"),
        "aten.div.Tensor_mode with rounding_mode",
    ),
    "scaled product": (lambda a, w: torch.addmm(w[0], a, w, beta=2), "aten.addmm.default with beta"),
    "sum in another type": (lambda a, w: a.sum(1, True, dtype=torch.float32), "aten.sum.dim_IntList with dtype"),
    "high power": (lambda a, w: a**7, "aten.pow.Tensor_Scalar with exponent 7"),
    "over the batch": (lambda a, w: a - a.mean(0), "aten.mean.dim moves, sums or drops the batch axis"),
    "batch turned": (lambda a, w: a + a.T.sum(1), "aten.permute.default moves, sums or drops the batch axis"),
    "broadcast over the batch": (lambda a, w: (a.sum(1) + a[:, :1]).sum(1, True), "is broadcast over the batch axis"),
    "of the batch size": (lambda a, w: a + torch.ones(len(a), 3), "aten.ones.default depends on the batch size"),
    "noise": (lambda a, w: a + torch.rand(3), "aten.rand.default is random"),
    "dropout": (lambda a, w: nn.functional.dropout(a, 0.5), "is random"),
    "joined to a weight": (lambda a, w: torch.cat([a, w[:1].expand_as(a)], 1)[:, :3], "of weights and values together"),
    "a weight times a value": (lambda a, w: (w @ a.T).T, "moves, sums or drops the batch axis"),
    "a condition on weights": (lambda a, w: torch.where(w[0] > 0, a, 1.0), "aten.gt.Scalar is no tensor of floats"),
    "a branch on data": (
        lambda a, w: a if a.sum() > 0 else -a,
        "(what it does depends on a value;",
    ),
    "a mistake": (lambda a, w: a[:, 5], "it cannot be traced (IndexError"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusal_names_operation_and_line(case: str) -> None:
    form, reason = REFUSED[case]
    code = helper if case == "in a helper" else form
    line = inspect.getsourcelines(code)[1] + (1 if code is helper else 0)
    with pytest.raises(NotLowered) as caught:
        lower(Formula(form))
    assert reason in str(caught.value)
    assert str(caught.value).endswith(f" (test_lower.py:{line})")


class Widening(Formula):
    """A state that broadcasts in the first step."""

    def initial_state(self, batch: int) -> State:
        return (torch.zeros(batch, 1),)


class Numb(Formula):
    """An output that is no tensor."""

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        return 0.5, super().step(x, state)[1]  # type: ignore[return-value]


class Lazy(Cell):
    """No weight at all."""

    name, source = "lazy", "a test"

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        return x + state[0], (x,)


class Fixed(Cell):
    """A constant where a parameter might be."""

    name, source = "constant", "a test"

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h = torch.tanh(state[0] + x @ torch.eye(self.inputs, self.hidden))
        return h, (h,)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (Widening(lambda a, w: a), "formula is not lowered: its new states are not of the shapes of the old ones"),
        (Numb(lambda a, w: a), "formula is not lowered: its step returns one float where a tensor belongs"),
        (Fixed(3, 3), "constant is not lowered: it has no parameters: all that its step reads is constant"),
        (Lazy(3, 3), "lazy is not lowered: its step reads no weight"),
    ],
)
def test_odd_cell_is_refused(cell: Cell, reason: str) -> None:
    assert make_kernel("numba", cell, 1, 2, "cpu").reason == reason


@pytest.mark.parametrize("hidden", [60, 61, 67])
def test_no_width_is_taken_for_the_batch(hidden: int) -> None:
    """Lowering tells the batch axis by its size, 61 where that is free."""
    cell = Formula(
        lambda a, w: torch.cat([a, a[:, :1]], 1).view(len(a), 1, hidden + 1).expand(len(a), 2, -1)[:, 1, 1:], 2, hidden
    )
    compare(cell, torch.rand(2, 3, 2, dtype=torch.float64), [torch.rand(3, hidden, dtype=torch.float64)])


def test_parts_without_units() -> None:
    """A half of one unit is nothing, and nothing of it reaches the kernel."""
    cell = Formula(
        lambda a, w: torch.cat([torch.tanh(a[:, :0]), a.split([0, 3], 1)[1]], 1) + torch.sin(a[:, :0]) @ w[:0]
    )
    assert all(node.width for node in ordered(lower(cell).step.new_states))
    compare(cell, torch.rand(2, 3, 3, dtype=torch.float64), [torch.rand(3, 3, dtype=torch.float64)])


def chained(rounds: int, form: Callable[[Tensor], Tensor]) -> Form:
    def whole(a: Tensor, w: Tensor) -> Tensor:
        for _ in range(rounds):
            a = form(a)
        return a

    return whole


def test_what_is_shared_stays_shared_in_a_slice() -> None:
    """A slice is pushed back to the leaves: through n values that are used twice each, not along 2^n paths."""
    cell = Formula(lambda a, w: torch.cat([chained(30, lambda a: torch.sin(a) + a)(a, w)[:, :2], a[:, 2:]], 1))
    assert len(ordered(lower(cell).step.new_states)) < 100


def test_long_chain_is_refused() -> None:
    reason = make_kernel("numba", Formula(chained(300, torch.sin)), 1, 2, "cpu").reason
    assert reason == "formula is not lowered: its step is a chain of 303 operations, more than 200"


def test_buffers_and_numbers_in_a_formula() -> None:
    fixed = torch.rand(3, dtype=torch.float64)
    cell = Formula(lambda a, w: torch.where(a > 0.1, a * fixed, 0.1) + w.exp().sum(0) * torch.tensor(0.3))
    compare(cell, torch.rand(2, 3, 3, dtype=torch.float64), [torch.rand(3, 3, dtype=torch.float64)])
