"""Every supported operation by itself, at its ties and limits too: value and gradient against autograd."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.fx.experimental.proxy_tensor import make_fx

from rnnbench.cell import Cell, State
from rnnbench.recurrence.interpret import Moment
from rnnbench.recurrence.lower import lower
from rnnbench.recurrence.operations import OPERATIONS, VIEWS
from tests.recurrence.against_torch import compare

POINTS = (-30.0, -3.0, -1.0, -0.3, 0.0, 0.3, 1.0, 2.0, 3.0, 20.0, 21.0, -0.0)
"""Limits of hardsigmoid (3), hardtanh (1), clamps (0.3), relu6 and softplus (20), and both noughts."""
POSITIVE = (0.01, 0.3, 0.5, 1.0, 2.0, 20.0)
FORMS: dict[str, Callable[[Any, Any], Any]] = {
    "neg": lambda x, w: -x,
    "detach": lambda x, w: x.detach() * x * w + torch.tanh(x) + (x - torch.tanh(x)).detach() + x * w.detach() ** 2,
    "tanh": lambda x, w: torch.tanh(x),
    "sigmoid": lambda x, w: torch.sigmoid(x),
    "exp": lambda x, w: torch.exp(x / 10),
    "sin": lambda x, w: torch.sin(x),
    "cos": lambda x, w: torch.cos(x),
    "log": lambda x, w: torch.log(x),
    "log1p": lambda x, w: torch.log1p(x),
    "sqrt": lambda x, w: torch.sqrt(x),
    "rsqrt": lambda x, w: torch.rsqrt(x),
    "reciprocal": lambda x, w: torch.reciprocal(x),
    "mul": lambda x, w: x * w * 2.0 * 1.0,
    "div": lambda x, w: x / (w + 40) / 4.0 + 2 / (x + 40),
    "add": lambda x, w: torch.add(x, w, alpha=0.5) + torch.add(x, 2, alpha=3) + 0.0,
    "sub": lambda x, w: torch.sub(x, w, alpha=0.5) - 0.0 - 3,
    "rsub": lambda x, w: torch.rsub(x, w, alpha=2) + (1 - x) + torch.rsub(x, 1, alpha=3),
    "lt": lambda x, w: torch.where(x < w, x, 2 * w),
    "le": lambda x, w: torch.where(x <= w, x, 2 * w),
    "gt": lambda x, w: torch.where(x > w, x, 2 * w),
    "ge": lambda x, w: torch.where(x >= w, x, 2 * w),
    "eq": lambda x, w: (x == w) * x + (x == 3) * w,
    "where": lambda x, w: torch.where(x > 0, w, torch.where(x == -3, 0.1, x)),
    "relu": lambda x, w: torch.relu(x),
    "silu": lambda x, w: nn.functional.silu(x),
    "abs": lambda x, w: x.abs() + torch.abs(x - w),
    "sign": lambda x, w: torch.sign(x) * w + torch.sign(x - w) * x,
    "gelu": lambda x, w: nn.functional.gelu(x, approximate="tanh"),
    "softplus": lambda x, w: nn.functional.softplus(x) + nn.functional.softplus(x, 2.0, 6.0),
    "hardsigmoid": lambda x, w: nn.functional.hardsigmoid(x),
    "maximum": lambda x, w: torch.maximum(x, w),
    "minimum": lambda x, w: torch.minimum(x, w),
    "clamp": lambda x, w: x.clamp(-0.3, 0.3) + x.clamp(max=1) + x.clamp(min=2) + x.clamp(w, w + 1) + x.clamp(3, -3),
    "clamp_min": lambda x, w: torch.clamp_min(x, 0.3) + x.clamp(min=w),
    "clamp_max": lambda x, w: torch.clamp_max(x, 0.3) + x.clamp(max=w),
    "hardtanh": lambda x, w: nn.functional.hardtanh(x) + nn.functional.relu6(x),
    "pow": lambda x, w: (
        x**2 + x**3 + x**4 + x**1 + torch.square(x) + (x + 40) ** -1 + (x + 40) ** 0.5 + (x + 40) ** (0.1 * x)
    ),
    "mm": lambda x, w: x @ torch.outer(w, w) + _twice(x) @ _tall(w) + torch.sin(_twice(x)) @ _tall(w),
    "addmm": lambda x, w: nn.functional.linear(x, torch.outer(w, w), w),
    "bmm": lambda x, w: torch.bmm(torch.bmm(x.view(-1, 3, x.shape[1] // 3), x.view(-1, x.shape[1] // 3, 3)), _three(x)),
    "cat": lambda x, w: torch.cat([_three(x), x.view(-1, 3, x.shape[1] // 3), 2 * _three(x)], 2),
    "sum": lambda x, w: (
        x.sum(1, keepdim=True) * x + x.view(-1, 3, x.shape[1] // 3).sum((1, 2), keepdim=True).flatten(1)
    ),
    "mean": lambda x, w: x.view(-1, 3, x.shape[1] // 3).mean(-2),
    "zeros_like": lambda x, w: torch.zeros_like(x) + w,
    "ones_like": lambda x, w: torch.ones_like(x) * w + torch.cat([x, torch.ones_like(x)], 1).sum(1, keepdim=True),
    "view": lambda x, w: x.view(x.shape[0], -1, 3)[:, 0],
    "_unsafe_view": lambda x, w: torch.ops.aten._unsafe_view(x, [x.shape[0], 3, x.shape[1] // 3])[:, 1],
    "unsqueeze": lambda x, w: x.unsqueeze(1) * x.unsqueeze(2) * w.unsqueeze(0),
    "squeeze": lambda x, w: x.unsqueeze(1).squeeze(1) + x.unsqueeze(-1).squeeze(),
    "expand": lambda x, w: x.unsqueeze(1).expand(-1, 2, -1),
    "permute": lambda x, w: x.view(x.shape[0], -1, 3).permute(0, 2, 1),
    "transpose": lambda x, w: x.view(x.shape[0], -1, 3).transpose(2, 1),
    "slice": lambda x, w: x[:, 1:4] * x[:, ::2][:, :3] * x[:, -3:] + (w[0] * x)[:, 2:5],
    "select": lambda x, w: x[:, 2].unsqueeze(1) * w + x[..., -1:],
    "split": lambda x, w: x.split(3, 1)[0] * x.chunk(2, dim=-1)[1][:, :3],
    "split_with_sizes": lambda x, w: x.split([1, x.shape[1] - 1], 1)[1],
    "unbind": lambda x, w: (x.unbind(1)[1] * x.unbind(1)[3]).unsqueeze(1),
    "alias": lambda x, w: torch.ops.aten.alias(x),
    "clone": lambda x, w: x.clone(),
}
"""By operation, a formula of values ``x`` and a weight ``w``, equal to ``x`` in every other place."""
NEEDS_POSITIVE = {"log", "log1p", "sqrt", "rsqrt", "reciprocal"}
ROUGH = {"hardsigmoid": 1e-7}
"""PyTorch's own gradient multiplies by a float32's sixth."""


def _twice(x: Tensor) -> Tensor:
    return torch.cat([x, 2 * x], 1)


def _tall(w: Tensor) -> Tensor:
    return torch.outer(torch.cat([w, w + 1]), w)


def _three(x: Tensor) -> Tensor:
    return x.view(-1, 3, x.shape[1] // 3) * 0.5 @ x.view(-1, x.shape[1] // 3, 3)


@dataclass
class Points:
    """What a formula is tried on."""

    x: Tensor
    w: Tensor

    @classmethod
    def of(cls, name: str) -> "Points":
        values = torch.tensor(POSITIVE if name in NEEDS_POSITIVE else POINTS, dtype=torch.float64)
        x = torch.stack([values, values.roll(1), values.flip(0)])
        return cls(x, values + 0.7 * (torch.arange(len(values)) % 2))


class Formula(Cell):
    """A cell whose output is a formula of its inputs, while its state adds them up."""

    name, source = "formula", "a test"

    def __init__(self, form: Callable[[Any, Any], Any], w: Tensor) -> None:
        super().__init__(len(w), len(w))
        self.form, self.w = form, nn.Parameter(w)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        return self.form(x, self.w), (0.5 * state[0] + x * self.w,)


class Holding(Cell):
    """A product with weights that are detached, and one with weights that are not, of a state that is in part."""

    name, source = "holding", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.linspace(-1, 1, inputs * hidden, dtype=torch.float64).view(inputs, hidden))
        self.u = nn.Parameter(torch.linspace(0.5, -0.7, hidden * hidden, dtype=torch.float64).view(hidden, hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        (h,) = state
        h = torch.tanh(x @ self.w + h @ self.u.detach() + (h.detach() @ self.u)[:, :1])
        return h, (h,)


@pytest.mark.parametrize("name", FORMS)
def test_operation_equals_autograd(name: str) -> None:
    points = Points.of(name)
    cell = Formula(FORMS[name], points.w)
    compare(cell, points.x.unsqueeze(0), [torch.ones_like(points.x)], ROUGH.get(name, 1e-10))


def test_detached_weights_and_states() -> None:
    cell, rng = Holding(2, 3), np.random.default_rng(0)
    compare(cell, torch.from_numpy(rng.normal(size=(4, 5, 2))), [torch.from_numpy(rng.normal(size=(5, 3)))])
    assert lower(cell).step.fixed == frozenset(range(6, 15)), "the second of three: w, u detached, u"


@pytest.mark.parametrize("name", FORMS)
def test_nan_comes_through(name: str) -> None:
    """Where PyTorch has a NaN there is one: divergence is seen, not clamped away."""
    points = Points.of(name)
    cell, x = Formula(FORMS[name], points.w), points.x.clone()
    x[0, ::2] = torch.nan
    exact, _ = cell.step(x, (torch.zeros_like(x),))
    lowered = lower(cell)
    weights = torch.cat([value.reshape(-1) for value in lowered.weights(cell.w)]).detach().numpy()
    got = Moment({"inputs": x.T.numpy(), "state": np.zeros(x.T.shape)}, weights)(lowered.step.output)
    np.testing.assert_array_equal(np.isnan(got.T), np.isnan(exact.detach().flatten(1).numpy()))


@pytest.mark.parametrize("name", FORMS)
def test_formula_is_of_its_operation(name: str) -> None:
    points = Points.of(name)
    traced = make_fx(FORMS[name])(points.x, points.w)
    assert name in {node.target.overloadpacket.__name__ for node in traced.graph.nodes if hasattr(node.target, "tags")}


def test_every_operation_has_a_formula() -> None:
    assert set(FORMS) == set(OPERATIONS) | VIEWS
