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

STEPS = 400
MAY = ["antisymmetric", "brc", "esn", "gru", "janet", "lem", "lstm", "mgu", "nbrc", "srnn", "ugrnn"]
"""Cells whose states are bounded or grow by sums alone, and whose gates are squashed."""


def early(cell: Cell) -> bool:
    step = NumbaKernel(cell, 1, 1).lowered.step
    start = torch.cat([part.reshape(-1) for part in cell.initial_state(1)]).tolist()
    return vanishing.may_end_early(step, start, double=False)


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
    "a choice, which hides a NaN": (False, lambda cell, a, h: torch.tanh(torch.relu(a + h @ cell.u))),
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
    kernel: NumbaKernel, weights: dict[str, Tensor], change: Change = lambda node: None, first: float = 1.0
) -> list[Tensor]:
    """Of a sum of the last outputs; ``change`` is told of what the pass back will read.

    Inputs of early steps are ``first`` times larger.
    """
    own = {name: value.clone().requires_grad_() for name, value in weights.items()}
    members = len(next(iter(own.values())))
    rng = np.random.default_rng(3)
    x = torch.from_numpy(rng.normal(size=(STEPS, members, 4, 1))).float()
    x[: STEPS // 8] *= first
    out = kernel(own, x, torch.full((members, 4), STEPS), STEPS, [STEPS - 1])[STEPS - 1]
    change(out.grad_fn.next_functions[0][0])  # type: ignore[union-attr]
    return list(torch.autograd.grad(out.sum(), [*own.values()], allow_unused=True))


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
    cell = make(name, 1, hidden)
    weights = drawn(cell, 0.1, 3)
    sound = gradients(NumbaKernel(cell, 3, 4), weights)
    for ending, is_read in ((NumbaKernel(cell, 3, 4), True), (Ending(cell, 3, 4), False)):
        spoiled = gradients(ending, weights, spoil)
        assert any(bool(part.isnan().any()) for part in spoiled) == is_read
        if not is_read:
            assert all(torch.equal(one, other) for one, other in zip(sound, spoiled, strict=True))


@pytest.mark.parametrize("hidden", [1, 8])
def test_with_enormous_weights_it_looks_at_all(hidden: int) -> None:
    cell = make("srnn", 1, hidden)
    weights = drawn(cell, 0.1, 3)
    weights["kernel"][1] = 1e13
    assert any(bool(part.isnan().any()) for part in gradients(Ending(cell, 3, 4), weights, spoil))


@pytest.mark.parametrize("first", [1.0, 1e25])
def test_what_is_refused_would_look_like_learning(first: float) -> None:
    """A number that is infinite and squashed: in PyTorch its gradient is NaN, long after it is forgotten."""
    cell = trap(lambda cell, a, h: torch.tanh(a * a * a + h @ cell.u))(1, 1)
    weights = drawn(cell, 0.1, 3)
    plain, short = (gradients(kernel(cell, 3, 4), weights, first=first)[0] for kernel in (NumbaKernel, Ending))
    assert not early(cell)
    assert bool(plain.isnan().any()) == (first > 1)
    assert bool(short.isfinite().all())


@pytest.mark.parametrize("name", [*sorted({*MAY} - {"esn"}), "gru:torch", "lstm:peephole=true"])
@pytest.mark.parametrize("hidden", [1, 3])
def test_same_bits_however_large_weights_are(name: str, hidden: int) -> None:
    cell = make(name, 1, hidden)
    kernel, ending = NumbaKernel(cell, 8, 4), Ending(cell, 8, 4)
    for exponent in (-2, -0.5, 0, 1, 5, 12, 20, 37):
        weights = drawn(cell, 10.0**exponent, 8, seed=int(exponent + 5))
        plain, short = (gradients(one, weights) for one in (kernel, ending))
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
