"""A pass back ends where every gradient has vanished: only where it may, with the same bits as one that goes on."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from rnnbench.cell import Cell, State
from rnnbench.recurrence import vanishing
from rnnbench.recurrence.compile import load
from rnnbench.recurrence.numba_kernel import NumbaKernel
from rnnbench.recurrence.numba_source import Kernel
from rnnbench.registry import CELLS
from rnnbench.train.fit import fit
from rnnbench.train.place import Place
from tests.recurrence.against_eager import make
from tests.recurrence.test_traps import Form, trap
from tests.train.conftest import make_trials
from tests.train.rows import results

STEPS, BATCH = 400, 5
MAY = ["antisymmetric", "brc", "esn", "gru", "janet", "lem", "lstm", "mgu", "nbrc", "srnn", "ugrnn"]
"""Cells whose states are bounded or grow by sums alone, and whose gates are squashed."""


def early(cell: Cell) -> bool:
    step = NumbaKernel(cell, 1, 1).lowered.step
    start = torch.cat([part.reshape(-1) for part in cell.initial_state(1)]).tolist()
    return vanishing.may_end_early(step, start, double=False)


PRESETS = {"lstm:keras2": True, "gru:keras2": True, "gru:torch": True, "ugrnn:nonlinearity=relu": False}


@pytest.mark.parametrize("text", PRESETS)
def test_of_presets(text: str) -> None:
    assert early(make(text, 1, 2)) == PRESETS[text]


@pytest.mark.parametrize("hidden", [1, 3])
def test_of_what_is_shipped(hidden: int) -> None:
    found = []
    for name in sorted({*CELLS} - {"transformer", "mlstm", "deltanet"}):  # these have several heads, or a matrix
        if early(CELLS[name](1, hidden)):
            found.append(name)
    assert found == MAY


FORMS: dict[str, tuple[bool, Form]] = {
    "squashed": (True, lambda cell, a, h: torch.tanh(a + h @ cell.u)),
    "a sum that grows slowly": (True, lambda cell, a, h: h + torch.tanh(a)),
    "halved": (True, lambda cell, a, h: h / 2 - torch.sigmoid(a + h @ cell.u)),
    "a sum that doubles": (False, lambda cell, a, h: 2 * h + torch.tanh(a)),
    "a factor without bound": (False, lambda cell, a, h: torch.tanh(a * (a + h @ cell.u))),
    "a clamp": (True, lambda cell, a, h: torch.clamp(a + h @ cell.u, -1, 1)),
    "a hard sigmoid": (True, lambda cell, a, h: h * torch.clamp(0.2 * a + 0.5, 0, 1) + torch.tanh(a)),
    "half a clamp": (False, lambda cell, a, h: torch.clamp(a + h @ cell.u, max=1)),
    "a condition, which hides a NaN": (False, lambda cell, a, h: torch.tanh(a) * (h > 0.1)),
    "a choice, which hides a NaN": (False, lambda cell, a, h: torch.tanh(torch.where(a > 0.1, a, h @ cell.u))),
    "an exponential": (False, lambda cell, a, h: torch.tanh(torch.exp(a) + h @ cell.u)),
    "a division": (False, lambda cell, a, h: torch.tanh(a + h @ cell.u) / (1 + h * h)),
    "a gradient that is stopped": (False, lambda cell, a, h: torch.tanh(a + h.detach() @ cell.u)),
    "units that are not read": (False, lambda cell, a, h: torch.tanh(a + h[:, :1] @ cell.u[:1])),
}


@pytest.mark.parametrize("case", FORMS)
def test_of_a_strange_cell(case: str) -> None:
    may, form = FORMS[case]
    assert early(trap(form)(1, 2)) == may


def test_units_that_are_computed_for_nothing_may_be_nan_unseen() -> None:
    def form(cell: Any, a: Tensor, h: Tensor) -> Tensor:
        return torch.tanh(torch.tanh(a + h @ cell.u)[:, ::2].sum(1, keepdim=True) + h)

    assert not early(trap(form)(1, 3))


class Apart(Cell):
    """A state that no output tells of, beside one that may be NaN without it: nought by nought."""

    name, source = "apart", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.u, self.v = (torch.nn.Parameter(torch.empty(inputs, hidden)) for _ in range(2))

    def initial_state(self, batch: int) -> State:
        return torch.zeros(batch, self.hidden), torch.zeros(batch, self.hidden)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h, k = state
        h = torch.tanh(x @ self.u + h + x[:, :1] / x[:, :1])
        return h, (h, torch.tanh(x @ self.v + k))


def test_of_a_state_that_no_output_tells_of() -> None:
    assert not early(Apart(1, 1))


def test_of_a_state_that_begins_too_large() -> None:
    class Far(trap(FORMS["squashed"][1])):  # type: ignore[misc]
        def initial_state(self, batch: int) -> State:
            return (torch.full((batch, self.hidden), 1e12),)

    assert not early(Far(1, 1))


class Ending(NumbaKernel):
    """A kernel whose pass back may end, between PyTorch operations, which those of updates are alone."""

    def compiled(self, dtype: torch.dtype, inputs_wanted: bool) -> tuple[Kernel, ModuleType]:
        kernel = Kernel(self.lowered.step, self.shape, dtype == torch.float64, inputs_wanted, early=True)
        return kernel, load(kernel.source)


Change = Callable[[Any], None]


def gradients(
    kernel: NumbaKernel,
    weights: dict[str, Tensor],
    change: Change = lambda node: None,
    *,
    first: float = 1.0,
    ragged: bool = False,
    asked: float | None = None,
) -> list[Tensor]:
    """Of a sum of the last outputs; ``change`` is told of what the pass back will read.

    Inputs of early steps are ``first`` times larger. Of steps in the middle outputs are asked too, and ``asked`` times
    added.
    """
    own = {name: value.clone().requires_grad_() for name, value in weights.items()}
    members = len(next(iter(own.values())))
    rng = np.random.default_rng(3)
    x = torch.from_numpy(rng.normal(size=(STEPS, members, BATCH, 1))).float()
    x[: STEPS // 8] *= first
    lengths = torch.full((members, BATCH), STEPS)
    if ragged:
        lengths[:] = torch.from_numpy(rng.integers(STEPS // 2, STEPS + 1, size=lengths.shape))
    middle = [] if asked is None else [STEPS - 100, STEPS - 60]
    out = kernel(own, x, lengths, int(lengths.min()), sorted([*middle, STEPS - 1]))
    change(out[STEPS - 1].grad_fn.next_functions[0][0])  # type: ignore[union-attr]
    total = out[STEPS - 1].sum() + sum((out[step].sum() * (asked or 0.0) for step in middle), torch.zeros(()))
    return list(torch.autograd.grad(total, [*own.values()], allow_unused=True))


def drawn(cell: Cell, scale: float, members: int, seed: int = 0) -> dict[str, Tensor]:
    rng = np.random.default_rng(seed)
    shapes = {name: (members, *value.shape) for name, value in cell.named_parameters()}
    return {name: torch.from_numpy(scale * rng.normal(size=shape)).float() for name, shape in shapes.items()}


def spoil(node: Any) -> None:
    """The inputs of early steps, after the way forwards."""
    rows = node.arrays[0]
    rows[:, : rows.shape[1] // 8] = torch.nan


@pytest.mark.parametrize("hidden", [1, 8])
@pytest.mark.parametrize("name", ["srnn", "gru", "lstm"])
def test_it_does_not_look_at_steps_that_add_noughts(name: str, hidden: int) -> None:
    """With members in several vectors, and lanes that hold none."""
    cell = make(name, 1, hidden)
    weights = drawn(cell, 0.1, 20)
    plain, ending = NumbaKernel(cell, 20, BATCH), Ending(cell, 20, BATCH)
    hows: list[dict[str, Any]] = [{}, {"ragged": True}, {"asked": 0.5}]
    for how in hows:
        sound = gradients(plain, weights, **how)
        assert any(bool(part.isnan().any()) for part in gradients(plain, weights, spoil, **how))
        spoiled = gradients(ending, weights, spoil, **how)
        assert all(torch.equal(one, other) for one, other in zip(sound, spoiled, strict=True)), how


def test_each_vector_of_lanes_ends_by_itself() -> None:
    """And one with an enormous weight not at all: what its noughts are multiplied with might be infinite."""
    cell = make("srnn", 1, 1)
    weights = drawn(cell, 0.1, 60)
    weights["kernel"][30] = 1e13
    spoiled = gradients(Ending(cell, 60, BATCH), weights, spoil)[0]
    beside = spoiled.isnan().flatten(1).any(1).nonzero().flatten().tolist()
    assert 30 in beside
    assert len(beside) < 20


def test_with_an_enormous_weight_all_is_looked_at() -> None:
    cell = make("srnn", 1, 8)
    weights = drawn(cell, 0.1, 3)
    weights["kernel"][1] = 1e13
    assert any(bool(part.isnan().any()) for part in gradients(Ending(cell, 3, BATCH), weights, spoil))


@pytest.mark.parametrize("name", ["srnn", "lstm:keras2", "lru", "s4d", "mingru", "lem"])
def test_a_step_is_rounded_alike_whatever_is_asked_of_others(name: str) -> None:
    """In company: of steps before the first at which anything is asked fewer things are added up."""
    cell = make(name, 1, 1)
    kernel = NumbaKernel(cell, 4, BATCH)
    weights = drawn(cell, 0.5, 4)
    alone, beside = gradients(kernel, weights), gradients(kernel, weights, asked=0.0)
    assert all(torch.equal(one, other) for one, other in zip(alone, beside, strict=True))


@pytest.mark.parametrize("first", [1.0, 1e25])
def test_what_is_refused_would_look_like_learning(first: float) -> None:
    """A number that is infinite and squashed: in PyTorch its gradient is NaN, long after it is forgotten."""
    cell = trap(lambda cell, a, h: torch.tanh(a * a * a + h @ cell.u))(1, 1)
    weights = drawn(cell, 0.1, 3)
    plain, short = (gradients(kernel(cell, 3, BATCH), weights, first=first)[0] for kernel in (NumbaKernel, Ending))
    assert not early(cell)
    assert bool(plain.isnan().any()) == (first > 1)
    assert bool(short.isfinite().all())


@pytest.mark.parametrize("name", [*sorted({*MAY} - {"esn"}), "gru:torch", "lstm:peephole=true", "lstm:keras2"])
@pytest.mark.parametrize("hidden", [1, 3])
def test_same_bits(name: str, hidden: int) -> None:
    """Of small weights, which forget; of large ones, which saturate; and of some that overflow."""
    cell = make(name, 1, hidden)
    kernel, ending = NumbaKernel(cell, 8, BATCH), Ending(cell, 8, BATCH)
    for exponent in (-2, -0.5, 1, 5, 37):
        weights = drawn(cell, 10.0**exponent, 8, seed=int(exponent + 5))
        plain, short = (gradients(one, weights, ragged=True) for one in (kernel, ending))
        for one, other in zip(plain, short, strict=True):
            if one is not None:
                np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_a_study_has_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    protocol = {"learning_rate": 0.1, "updates": 40}
    shapes = [("srnn", 1), ("lstm", 5)]
    studies = [make_trials(cells=[cell], hidden=[hidden], lengths=[300], protocol=protocol) for cell, hidden in shapes]
    asked: list[bool] = []

    def never(*_: Any, **__: Any) -> bool:
        asked.append(True)
        return False

    ending = [results(fit(trials, Place(kernel="numba"))) for trials in studies]
    monkeypatch.setattr("rnnbench.train.program.may_end_early", never)
    assert [results(fit(trials, Place(kernel="numba"))) for trials in studies] == ending
    assert len(asked) == len(shapes)
