"""Weights that a cell derives from its parameters are derived in fused updates too, and learn as in PyTorch."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.errors import PluginError
from rnnbench.recurrence.lower import lower
from rnnbench.recurrence.operations import NotLowered
from rnnbench.recurrence.origins import Origins, origins
from rnnbench.registry import add_plugin
from rnnbench.train.fit import fit
from tests.recurrence.test_lower import Form, Formula
from tests.train.conftest import make_trials
from tests.train.rows import largest_difference

ODD = '''
import torch
from torch import nn

from rnnbench.cell import Cell
from rnnbench.registry import CELLS


@CELLS.register("oddly_derived")
class OddlyDerived(Cell):
    """Weights made in every way: of products, slices, choices, fixed tensors and of one another."""

    source = "a test, in its file"
    fixed = frozenset({"frozen"})

    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden)
        self.kernel = nn.Parameter(torch.empty(inputs, hidden))
        self.left = nn.Parameter(torch.empty(hidden, 2))
        self.right = nn.Parameter(torch.empty(2, hidden))
        self.decay = nn.Parameter(torch.empty(2 * hidden))
        self.scale = nn.Parameter(torch.empty(1))
        self.frozen = nn.Parameter(torch.empty(hidden))
        self.gain = nn.Parameter(torch.empty(()))

    def reset_parameters(self, rng):
        for parameter in self.parameters():
            with torch.no_grad():
                parameter.copy_(torch.from_numpy(rng.uniform(-0.7, 0.7, parameter.shape)))

    def derive(self):
        even, steps = torch.eye(self.hidden).to(self.left), torch.arange(self.hidden).to(self.left)
        first, second = self.decay[: self.hidden], self.decay[self.hidden :]
        low_rank = self.left @ self.right
        turned = torch.cat([second, torch.sin(first)])
        return {
            "recurrent": torch.where(low_rank > 0, low_rank, 0.1 * low_rank).T + 0.5 * even,
            "leak": torch.sigmoid(first * self.frozen) * self.scale,
            "same_leak": torch.sigmoid(first * self.frozen) * self.scale,
            "bias": turned[1 : self.hidden + 1] / (1 + steps),
            "constant": steps.flip(0) / self.hidden,
            "copied": self.right,
            "norm": self.gain * self.frozen / self.decay.square().sum().sqrt(),
            "third": torch.full((self.hidden,), 1 / 3),
        }

    def step(self, x, state):
        (h,), own = state, self.derived
        held = torch.exp(-self.decay[: self.hidden].abs()) * h * own["leak"] + own["same_leak"]
        h = torch.tanh(x @ self.kernel + held @ own["recurrent"] + own["bias"] * own["constant"] + own["copied"][1])
        h = h * own["third"] * own["norm"]
        return h, (h,)
'''


@pytest.fixture(autouse=True)
def _oddly_derived(tmp_path: Path) -> None:
    path = tmp_path / "oddly_derived.py"
    path.write_text(ODD)
    add_plugin(path)


@pytest.mark.parametrize(("cell", "hidden"), [("oddly_derived", 1), ("oddly_derived", 6), ("s4d", 2)])
def test_fused_is_eager(cell: str, hidden: int) -> None:
    """Members side by side in lanes (few weights) and alone, over six updates with Adam."""
    assert largest_difference(make_trials(cells=[cell], hidden=[hidden], precision="64"), "64") < 1e-10


def test_single_precision() -> None:
    assert largest_difference(make_trials(cells=["oddly_derived"], hidden=[1]), "32") < 1e-5


def test_company_changes_no_bit() -> None:
    """Two members share lanes; each is what it is alone, whoever comes before it."""
    trials = make_trials(cells=["oddly_derived"], hidden=[1], repeats=3)
    together = {row.trial: row.final_weights for row in fit(trials)}
    for trial in trials:
        (row,) = fit([trial])
        assert row.final_weights == together[trial.id]


def of(form: Form) -> Origins:
    cell = Formula(form)
    return origins(cell, lower(cell), 20)


def test_what_is_only_moved_is_copied() -> None:
    assert of(lambda a, w: a @ w) == Origins(20, (), (), tuple(range(9)))
    turned = of(lambda a, w: a * (w.exp()[0] + w[:, 1]) + a @ w.T)
    assert turned.derived, "the exponential"
    assert turned.places.count(1) == 2, "of w and of its transpose; the sum is derived"


def test_fixed_tensors_stand_behind_the_parameters() -> None:
    fixed = torch.tensor([2.0, 3.0, 5.0], dtype=torch.float64)
    found = of(lambda a, w: a * fixed + a @ w)
    assert found.fixed == (2.0, 3.0, 5.0)
    assert found.places == (*range(9), 20, 21, 22)
    assert not found.derived
    step = lower(Formula(lambda a, w: a * fixed + a @ w)).step
    assert found.without_gradients_of_fixed(step).fixed == {9, 10, 11}


def test_what_is_derived_reads_parameters_and_fixed_tensors() -> None:
    fixed = torch.tensor([2.0, 3.0, 5.0], dtype=torch.float64)
    found = of(lambda a, w: a * (w[0] * fixed))
    assert (found.fixed, found.first_derived, found.total) == ((2.0, 3.0, 5.0), 23, 26)
    assert found.places == (*range(9), 23, 24, 25)


class Branching(Cell):
    """What it derives depends on a value."""

    name, source = "branching", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.rand(inputs, hidden))

    def derive(self) -> dict[str, Tensor]:
        return {"w": self.w if float(self.w.sum().detach()) > 0 else -self.w}

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h = torch.tanh(x @ self.derived["w"])
        return h, (h,)


def test_what_cannot_be_derived_is_named() -> None:
    cell = Branching(2, 3)
    with pytest.raises(NotLowered, match=r"its derived weights cannot be traced \(what it does depends on a value"):
        origins(cell, lower(cell), 6)
    refused = r"in what is derived from parameters, aten.cumsum.default is outside .* \(test_lower.py:"
    with pytest.raises(NotLowered, match=refused):
        of(lambda a, w: a @ w.cumsum(1))
    with pytest.raises(NotLowered, match="weights are derived by a chain of 301 operations, more than 200"):
        of(lambda a, w: a @ chain(w))
    large = Formula(lambda a, w: a @ (w @ w), hidden=40, inputs=40)
    with pytest.raises(NotLowered, match="values in their places one by one, more than 500"):
        origins(large, lower(large), 1600)


def chain(w: Tensor) -> Tensor:
    for _ in range(300):
        w = torch.sin(w)
    return w


class Weightless(Cell):
    """Only its read-out learns."""

    name, source = "weightless", "a test"

    def derive(self) -> dict[str, Tensor]:
        return {"w": torch.full((self.inputs, self.hidden), 0.5)}

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h = torch.tanh(x @ self.derived["w"] + 0.5 * state[0])
        return h, (h,)


def test_a_cell_without_parameters_is_refused() -> None:
    cell = Weightless(2, 3)
    with pytest.raises(NotLowered, match="the cell has no parameters"):
        origins(cell, lower(cell), 8)


def test_no_progress_bar_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lock would be left behind by a worker, and Python would complain of that."""

    def bar(*arguments: object, **more: object) -> None:
        raise AssertionError("torch.fx made a progress bar")

    monkeypatch.setattr("torch.fx.interpreter.tqdm", bar)
    assert of(lambda a, w: a * w.exp()[0]).derived


class Ungraded(Cell):
    """Its gradient stops where a trace would not see it."""

    name, source = "ungraded", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.rand(inputs, hidden))

    def derive(self) -> dict[str, Tensor]:
        with torch.no_grad():
            norm = torch.exp(self.w)
        return {"w": self.w / norm}

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h = torch.tanh(x @ self.derived["w"])
        return h, (h,)


def test_a_gradient_that_stops_unseen_is_refused() -> None:
    cell = Ungraded(2, 3)
    with pytest.raises(NotLowered, match=r"has no gradient; .detach\(\) says so to a trace\) \(test_origins.py:"):
        origins(cell, lower(cell), 6)


@pytest.mark.parametrize(
    ("derived", "got"),
    [
        ([], "got one list."),
        (None, "got one NoneType."),
        ({"w": 0.5}, "'w' is of type float."),
        ({3: torch.ones(1)}, "got the name 3."),
        ({"w": torch.ones(1, dtype=torch.int64)}, "'w' is of type torch.int64."),
    ],
)
def test_what_is_no_derived_weight_is_refused(derived: object, got: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ungraded, "derive", lambda self: derived)
    with pytest.raises(PluginError, match=f"'ungraded': derive must return a dict of .* tensors by name, {got}"):
        lower(Ungraded(2, 3))
