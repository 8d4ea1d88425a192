"""Stacks of cells: against torch.nn with copied weights, kernels against eager, and plain cells left as they were."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.cli import complete
from rnnbench.errors import RnnbenchError
from rnnbench.parameters import parameters_of, resolve, split, stacking_of
from rnnbench.parts.norm import Norm
from rnnbench.parts.stack import Stack, build
from rnnbench.parts.stacking import Stacking
from rnnbench.population import activation_bytes
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.recurrence.numba_kernel import NumbaKernel
from rnnbench.registry import CELLS
from rnnbench.study import Study
from rnnbench.train.fit import fit
from rnnbench.train.place import Place
from rnnbench.train.weights import Layout, initial_weights, make_cell
from rnnbench.trial import Trial
from tests.recurrence.against_eager import both, error
from tests.recurrence.against_torch import compare
from tests.train.conftest import make_trials
from tests.train.rows import results

FULL = "layers=2,residual=true,norm=layer,mlp=2"
TWINS: dict[str, Callable[..., nn.RNNBase]] = {"srnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
THEIRS = {"kernel": "weight_ih", "recurrent": "weight_hh", "bias.0": "bias_ih", "bias.1": "bias_hh"}
STEPS, BATCH = 6, 4


def make(text: str, inputs: int, hidden: int) -> Cell:
    resolved = resolve(CELLS, text)
    cell = build(CELLS[resolved.name], inputs, hidden, resolved.parameters).double()
    assert isinstance(cell, Cell)
    cell.reset_parameters(np.random.default_rng(0))
    cell.derived = cell.derive()
    return cell


def over_time(cell: Cell, x: Tensor) -> tuple[Tensor, State]:
    """Outputs ``time batch hidden`` and the last state."""
    state = tuple(part.to(x) for part in cell.initial_state(x.shape[1]))
    outputs = []
    for now in x:
        output, state = cell.step(now, state)
        outputs.append(output)
    return torch.stack(outputs), state


def random(*shape: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(sum(shape)).normal(size=shape))


@pytest.mark.parametrize("layers", [2, 3])
@pytest.mark.parametrize("name", TWINS)
def test_equals_num_layers_of_torch(name: str, layers: int) -> None:
    cell = make(f"{name}[layers={layers}]", 2, 5)
    twin = TWINS[name](2, 5, num_layers=layers, dtype=torch.float64)
    ours = dict(cell.named_parameters())
    assert len(ours) == len(list(twin.parameters()))
    with torch.no_grad():
        for layer in range(layers):
            for mine, there in THEIRS.items():
                weights = getattr(twin, f"{there}_l{layer}")
                ours[f"layers.{layer}.cell.{mine}"].copy_(weights.T if weights.ndim == 2 else weights)
    x = random(STEPS, BATCH, 2)
    outputs, state = over_time(cell, x)
    expected, last = twin(x)
    torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-12)
    parts = [part for pair in zip(*last, strict=True) for part in pair] if name == "lstm" else list(last)
    for mine_now, theirs_now in zip(state, parts, strict=True):
        torch.testing.assert_close(mine_now, theirs_now, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["layer", "rms"])
def test_norm_equals_that_of_torch(kind: Any) -> None:
    own = Norm(kind, 7).double()
    own.reset_parameters()
    twin: nn.Module = nn.LayerNorm(7, dtype=torch.float64) if kind == "layer" else nn.RMSNorm(7, 1e-5).double()
    with torch.no_grad():
        for parameter, there in zip(own.parameters(), twin.parameters(), strict=True):
            torch.testing.assert_close(parameter, there)
            there.copy_(random(7) + (there == 0))
            parameter.copy_(there)
    torch.testing.assert_close(own(random(3, 7)), twin(random(3, 7)), rtol=0, atol=1e-12)


def test_residual_norm_and_mlp_by_hand() -> None:
    """A stack of two written out with torch's own modules; the projection only where widths differ."""
    cell, x = make(f"gru[{FULL}]", 2, 5), random(STEPS, BATCH, 2)
    weights = {name: value.detach() for name, value in cell.named_parameters()}
    with torch.no_grad():
        for name, value in cell.named_parameters():
            if "norm" in name:
                value.copy_(random(*value.shape) + 1)

    def normed(name: str, s: Tensor) -> Tensor:
        return nn.functional.layer_norm(s, (5,), weights[f"{name}.gain"], weights[f"{name}.bias"])

    s = x @ weights["projection"]
    for number in range(2):
        name = f"layers.{number}"
        gru = nn.GRU(5, 5, dtype=torch.float64)
        with torch.no_grad():
            for mine, there in THEIRS.items():
                own = weights[f"{name}.cell.{mine}"]
                getattr(gru, f"{there}_l0").copy_(own.T if own.ndim == 2 else own)
        s = s + gru(normed(f"{name}.norm", s))[0]
        m = normed(f"{name}.mlp_norm", s)
        gated = nn.functional.silu(m @ weights[f"{name}.mlp.w"]) * (m @ weights[f"{name}.mlp.v"])
        s = s + gated @ weights[f"{name}.mlp.u"]
    torch.testing.assert_close(over_time(cell, x)[0], normed("norm", s), rtol=0, atol=1e-12)


def test_what_stands_where() -> None:
    names = {name for name, _ in make(f"srnn[{FULL}]", 5, 5).named_parameters()}
    assert "projection" not in names
    assert "layers.0.norm.gain" in names
    names = {name for name, _ in make("srnn[layers=2,norm=rms]", 2, 5).named_parameters()}
    assert {name for name in names if "norm" in name} == {"layers.1.norm.gain", "norm.gain"}
    assert "projection" not in names


class Turning(Cell):
    """A recurrent matrix derived once an update, and an initial state that is learned."""

    name, source = "turning", "a test"

    def __init__(self, inputs: int, hidden: int, *, norm: float = 1.0) -> None:
        super().__init__(inputs, hidden)
        self.norm = norm
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.a = nn.Parameter(torch.empty(hidden, hidden))
        self.start = nn.Parameter(torch.empty(hidden))

    def initial_state(self, batch: int) -> State:
        return self.start.expand(batch, -1), torch.ones(batch, 1).to(self.start)

    def derive(self) -> dict[str, Tensor]:
        return {"u": torch.matrix_exp(self.norm * (self.a - self.a.T))}

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h, n = state
        h = torch.tanh(x @ self.w + h @ self.derived["u"]) / n
        return h, (h, n + 0.1)


def test_derived_weights_and_learned_states_of_every_layer() -> None:
    cell = Stack(Turning, 2, 3, Stacking(layers=2), {"norm": 0.5}).double()
    cell.reset_parameters(np.random.default_rng(0))
    cell.derived = cell.derive()
    assert sorted(cell.derived) == ["0.u", "1.u"]
    assert cell.state_size == 8
    x, h = random(STEPS, BATCH, 2), random(STEPS, BATCH, 2)
    weights = {name: value.detach() for name, value in cell.named_parameters()}
    for number in range(2):
        w, a, start = (weights[f"layers.{number}.cell.{name}"] for name in ("w", "a", "start"))
        u, now, made = torch.matrix_exp(0.5 * (a - a.T)), start.expand(BATCH, -1), []
        for time, below in enumerate(x if number == 0 else h):
            now = torch.tanh(below @ w + now @ u) / (1 + 0.1 * time)
            made.append(now)
        h = torch.stack(made)
    torch.testing.assert_close(over_time(cell, x)[0].detach(), h, rtol=0, atol=1e-12)


@pytest.mark.parametrize("text", [f"lstm[{FULL}]", "gru[layers=3]", "srnn[layers=2,norm=rms]", "turning"])
def test_the_graph_is_the_stack(text: str) -> None:
    """Values and all gradients of the lowered step in float64, interpreted."""
    cell = Stack(Turning, 2, 3, Stacking(layers=2), {}).double() if text == "turning" else make(text, 2, 3)
    cell.reset_parameters(np.random.default_rng(0))
    cell.derived = cell.derive()
    compare(cell, random(4, 3, 2), [part.detach().double() for part in cell.initial_state(3)], tolerance=1e-9)


def test_the_compiled_kernel_equals_eager_in_float64() -> None:
    cell, members = make("srnn[layers=2,residual=true,norm=layer,mlp=1]", 2, 3), 3
    weights = {name: random(members, *value.shape) / 2 for name, value in cell.named_parameters()}
    x, lengths = random(9, members, BATCH, 2), torch.randint(1, 10, (members, BATCH)).index_fill(1, torch.tensor(0), 9)
    exact, made = (both(kernel(cell, members, BATCH), weights, x, lengths) for kernel in (EagerKernel, NumbaKernel))
    for one, other in zip(made, exact, strict=True):
        assert error(one, other) <= 1e-10 * max(1.0, float(other.abs().max()))


def test_a_stack_trains_fused_and_whatever_its_company() -> None:
    trials = make_trials(cells=["srnn[layers=2,norm=rms]"], hidden=[2], lengths=[2, 5], repeats=5)
    together = results(fit(trials))
    assert {row["kernel"] for row in together.values()} == {"numba"}
    assert results(fit(trials[3:5])) == {trial.id: together[trial.id] for trial in trials[3:5]}
    for kept, eager in zip(together.values(), results(fit(trials, Place(kernel="eager"))).values(), strict=True):
        assert kept["train_loss"] == pytest.approx(eager["train_loss"], rel=1e-3)
        assert kept["state_size"] == 4


PINNED = [
    ("srnn", "a7ae2c27853f2026", -0.042138069291),
    ("srnn[layers=1,residual=false,norm=none,mlp=0]", "a7ae2c27853f2026", -0.042138069291),
    ("lstm:keras2", "4c6578a1dc278fef", 2.333851545637),
    ("lstm:keras2,layers=1", "4c6578a1dc278fef", 2.333851545637),
    ("lstm[forget_bias=1]", "f0e623aff6b8f1d3", 4.554260086931),
    ("gru", "49b61b5947b070bc", -0.771700173515),
]
"""Identities and sums of initial weights from before there were stacks."""


def only(text: str) -> Trial:
    study = Study(
        name="pin", tasks=["latching"], cells=[text], lengths=[7], hidden=[3], repeats=1, protocol={"updates": 6}
    )
    return study.trials()[0]


@pytest.mark.parametrize(("text", "identity", "total"), PINNED)
def test_a_plain_cell_is_what_it_was(text: str, identity: str, total: float) -> None:
    trial = only(text)
    task = trial.make_task()
    cell = make_cell(trial, task, torch.float64)
    weights = initial_weights([trial], Layout(cell, task), task, torch.float64)
    assert trial.id == identity
    assert float(weights.sum()) == pytest.approx(total, abs=1e-11)
    assert not isinstance(cell, Stack)


def test_a_stack_is_another_trial() -> None:
    texts = ("gru", "gru:layers=2", "gru:norm=rms", "gru:mlp=1", "gru:residual=true")
    assert len({only(text).id for text in texts}) == 5
    assert resolve(CELLS, "gru:layers=2").version == "1, stack 1"
    assert resolve(CELLS, resolve(CELLS, f"gru[{FULL}]").text).text == resolve(CELLS, f"gru:{FULL}").text


def test_own_names_are_kept() -> None:
    assert sorted(stacking_of(CELLS, Turning)) == ["layers", "mlp", "residual"]
    own, stacking = split(Turning, {"norm": 2.0, "layers": 3})
    assert (own, stacking) == ({"norm": 2.0}, Stacking(layers=3))
    assert split(Turning, {"norm": 2.0})[1] is None

    class Layered(Turning):
        """Stacks itself."""

        def __init__(self, inputs: int, hidden: int, *, layers: int = 2) -> None:
            super().__init__(inputs, hidden)

    assert stacking_of(CELLS, Layered) == {}
    assert set(parameters_of(Stacking)) == {"layers", "residual", "norm", "mlp"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gru:layer=2", "unknown parameter of gru 'layer'. Did you mean 'layers'?"),
        ("gru:layers=0", "gru: layers=0: input should be greater than or equal to 1."),
        ("gru:norm=batch", "gru: norm=batch: input should be 'none', 'layer' or 'rms'."),
    ],
)
def test_messages(text: str, message: str) -> None:
    with pytest.raises(RnnbenchError) as caught:
        resolve(CELLS, text)
    assert str(caught.value).startswith(message)


def test_one_unit_has_no_layer_norm() -> None:
    with pytest.raises(RnnbenchError, match="use norm=rms or more units"):
        make("gru[norm=layer,layers=2]", 1, 1)


def test_more_layers_keep_more() -> None:
    plain, two = (activation_bytes(only(text), 4) for text in ("gru", "gru:layers=2"))
    assert two == 2 * plain


def test_parameters_are_completed() -> None:
    assert complete.cells("lstm:re") == ["lstm:residual="]
    assert complete.cells("lstm[layers=2,n") == ["lstm[layers=2,norm="]
    assert "gru:keras2" in complete.cells("gru:")
