"""The causal Transformer: against torch's layer, rotary positions by complex numbers, its state, and its company."""

import cmath
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.fx.experimental.proxy_tensor import make_fx

from rnnbench.cells.transformer import Transformer
from rnnbench.errors import RnnbenchError
from rnnbench.execute.probe import check_cell
from rnnbench.parameters import resolve, stacking_of
from rnnbench.parts.transformer_layer import turned
from rnnbench.population import activation_bytes, grouped, populations, tile_size
from rnnbench.recurrence.choose import make_kernel
from rnnbench.recurrence.count import counted
from rnnbench.recurrence.sequence import SequenceKernel
from rnnbench.registry import CELLS, TASKS
from rnnbench.sequence_model import SequenceModel
from rnnbench.study.budget import Budget
from rnnbench.study.match import matched
from rnnbench.train.fit import fit
from rnnbench.train.place import Place
from rnnbench.trial import Trial
from tests.train.conftest import make_trials
from tests.train.rows import results

TIME, BATCH, INPUTS, HIDDEN = 7, 3, 2, 8


def make(**parameters: Any) -> Transformer:
    model = Transformer(INPUTS, HIDDEN, **parameters).double()
    model.reset_parameters(np.random.default_rng(0))
    return model


def random(*shape: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(sum(shape)).normal(size=shape))


def weights(model: nn.Module, members: int) -> dict[str, Tensor]:
    return {name: random(members, *value.shape) / 3 for name, value in model.named_parameters()}


@pytest.mark.parametrize("heads", [1, 2])
def test_equals_the_layers_of_torch(heads: int) -> None:
    model = make(layers=2, heads=heads, mlp=3, positions="none")
    with torch.no_grad():
        for value in model.parameters():
            value.copy_(random(*value.shape) / 2)
    own = {name: value.detach() for name, value in model.named_parameters()}
    mask = nn.Transformer.generate_square_subsequent_mask(TIME, dtype=torch.float64)
    x = random(TIME, BATCH, INPUTS)
    s = x @ own["embed"] + own["embed_bias"]
    theirs = {
        "norm.gain": "norm1.weight", "norm.bias": "norm1.bias", "mlp_norm.gain": "norm2.weight",
        "mlp_norm.bias": "norm2.bias", "qkv": "self_attn.in_proj_weight", "qkv_bias": "self_attn.in_proj_bias",
        "out": "self_attn.out_proj.weight", "out_bias": "self_attn.out_proj.bias", "w": "linear1.weight",
        "b": "linear1.bias", "v": "linear2.weight", "c": "linear2.bias",
    }  # fmt: skip
    for number in range(2):
        layer = nn.TransformerEncoderLayer(
            HIDDEN, heads, 3 * HIDDEN, dropout=0.0, activation="gelu", norm_first=True, dtype=torch.float64
        )
        parameters = dict(layer.named_parameters())
        assert set(parameters) == set(theirs.values())
        with torch.no_grad():
            for mine, there in theirs.items():
                mine_now = own[f"layers.{number}.{mine}"]
                parameters[there].copy_(mine_now.T if mine_now.ndim == 2 else mine_now)
        s = layer(s, src_mask=mask, is_causal=True)
    expected = nn.functional.layer_norm(s, (HIDDEN,), own["norm.gain"], own["norm.bias"])
    torch.testing.assert_close(model.over_time(x), expected, rtol=0, atol=1e-10)


def test_positions_are_rotary() -> None:
    """Pairs as complex numbers, turned by time · 10000^(-2i/d); products then depend on the distance only."""
    x = random(1, 1, 5, 6)
    made = turned(x)
    for time in range(5):
        for i in range(3):
            pair = complex(x[0, 0, time, 2 * i], x[0, 0, time, 2 * i + 1])
            expected = pair * cmath.exp(1j * time * 10_000 ** (-2 * i / 6))
            assert complex(made[0, 0, time, 2 * i], made[0, 0, time, 2 * i + 1]) == pytest.approx(expected, abs=1e-12)
    same = turned(random(1, 1, 1, 6).expand(1, 1, 9, 6))[0, 0]
    products = same @ same.T
    for distance in range(8):
        torch.testing.assert_close(products.diagonal(distance), products[0, distance].expand(9 - distance))


def test_order_matters_with_positions() -> None:
    x = random(TIME, BATCH, INPUTS)
    swapped = x[[1, 0, *range(2, TIME)]]
    for positions, same in (("none", True), ("rotary", False)):
        model = make(layers=1, positions=positions)
        last, other = model.over_time(x)[-1], model.over_time(swapped)[-1]
        assert torch.allclose(last, other, atol=1e-12) == same


@pytest.mark.parametrize("members", [1, 3])
def test_no_output_sees_what_is_behind_it(members: int) -> None:
    """Neither what comes later nor the padding of a sequence that has ended; gradients of it are nought."""
    model = make()
    own, kernel = weights(model, members), SequenceKernel(model, members)
    lengths = torch.full((members, BATCH), TIME)
    x = random(TIME, members, BATCH, INPUTS).requires_grad_()
    changed = x.detach().clone()
    changed[4:] = 1e6
    wanted = [1, 3, TIME - 1]
    one, other = (kernel(own, inputs, lengths, TIME, wanted) for inputs in (x, changed))
    for step in (1, 3):
        torch.testing.assert_close(one[step], other[step], rtol=0, atol=1e-12)
    assert not torch.allclose(one[TIME - 1], other[TIME - 1])
    (gradient,) = torch.autograd.grad(one[3].sum() + one[1].square().sum(), x)
    assert bool((gradient[4:] == 0).all())
    assert bool((gradient[:4].abs().sum((1, 2, 3)) > 0).all())


def test_members_at_once_are_members_alone() -> None:
    model, members = make(), 3
    own, x = weights(model, members), random(TIME, members, BATCH, INPUTS)
    lengths = torch.full((members, BATCH), TIME)
    together = SequenceKernel(model, members)(own, x, lengths, TIME, [2, 6])
    for member in range(members):
        mine = {name: value[member : member + 1] for name, value in own.items()}
        alone = SequenceKernel(model, 1)(mine, x[:, member : member + 1], lengths[:1], TIME, [2, 6])
        for step in (2, 6):
            assert alone[step].shape == (1, BATCH, HIDDEN)
            torch.testing.assert_close(together[step][member], alone[step][0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("precision", ["32", "64"])
def test_alone_in_pairs_and_in_a_crowd(precision: str) -> None:
    trials = make_trials(cells=["transformer:layers=1"], hidden=[8], lengths=[2, 5], repeats=4, precision=precision)
    assert len(populations(grouped(trials), memory=2**32, parts=1, cost=attrgetter("steps"))) == 1
    together = results(fit(trials))
    for chosen in (trials[5:6], trials[3:5], list(reversed(trials))):
        assert results(fit(chosen)) == {trial.id: together[trial.id] for trial in chosen}


def test_one_large_tile_as_on_a_gpu_agrees_to_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    """All members under vmap, the shorter ones padded."""
    import rnnbench.train.fit

    trials = make_trials(cells=["transformer"], hidden=[4], lengths=[2, 5], repeats=2)
    alone = {row.trial: row for row in fit(trials)}
    monkeypatch.setattr(rnnbench.train.fit, "tile_size", lambda trial: len(trials))
    for row in fit(trials):
        assert row.train_loss == pytest.approx(alone[row.trial].train_loss, abs=1e-5)
        assert row.test_loss == pytest.approx(alone[row.trial].test_loss, abs=1e-5)
        assert row.state_size == 2 * 2 * 4 * row.length


def only(text: str, **changes: Any) -> Trial:
    return make_trials(cells=[text], repeats=1, **{"hidden": [8], "lengths": [9]} | changes)[0]


def test_what_its_row_says() -> None:
    (row,) = fit([only("transformer")])
    assert row.kernel == "eager"
    assert row.state_size == 2 * 2 * 8 * 9  # keys and values, layers, units, steps
    layer = 2 * 2 * 8 + (8 + 1) * 24 + (8 + 1) * 8 + (8 + 1) * 32 + (32 + 1) * 8
    assert row.parameters == (1 + 1) * 8 + 2 * layer + 2 * 8 + (8 + 1) * 2
    assert row.operations == CELLS["transformer"](1, 8).operations(9)


@pytest.mark.parametrize("positions", ["rotary", "none"])
def test_operations_are_those_of_reading_step_by_step(positions: Any) -> None:
    """One step as it is traced, but for its mask, which a cache does not need; further keys cost as much again."""
    model = Transformer(3, 8, layers=3, heads=2, positions=positions)
    model.reset_parameters(np.random.default_rng(0))
    traced = make_fx(lambda x, *_: model.over_time(x))(torch.zeros(1, 1, 3))
    assert counted(traced, 0) - 3 * 2 == model.operations(1)
    a_key = 3 * (8 + 8 + 2 * 2)  # layers; products with key and value; scale and softmax for each head
    assert model.operations(21) == model.operations(1) + 10 * a_key


def test_it_is_asked_for_by_its_own_layers() -> None:
    assert stacking_of(CELLS, Transformer) == {}
    assert resolve(CELLS, "transformer:layers=3,heads=1").text == (
        "transformer[heads=1,layers=3,mlp=4,positions=rotary]"
    )


def test_heads_must_divide_units() -> None:
    with pytest.raises(RnnbenchError, match="2 heads with positions=rotary need hidden to be a multiple of 4"):
        Transformer(1, 6)
    said = check_cell(only("transformer", hidden=[6]))
    assert said.startswith("cell transformer cannot be built with hidden=6: 2 heads with positions=rotary need hidden")
    assert check_cell(only("transformer")) == ""


def test_a_budget_finds_units_that_heads_divide() -> None:
    cell, task = resolve(CELLS, "transformer"), TASKS["latching"]()
    assert matched(cell, task, Budget("state", 1_000), 10) == 24  # 40 a unit
    units = matched(cell, task, Budget("params", 10_000), 10)
    count = {h: only("transformer", hidden=[h]) for h in (units - 4, units, units + 4)}
    sizes = {h: fit([trial], Place(kernel="eager"))[0].parameters or 0 for h, trial in count.items()}
    assert units == min(sizes, key=lambda h: abs(sizes[h] - 10_000))


def test_a_kernel_that_was_asked_for_is_named() -> None:
    assert make_kernel("auto", make(), 1, 2, "cpu").reason == ""
    assert make_kernel("numba", make(), 1, 2, "cpu").reason == (
        "transformer is not lowered: it reads whole sequences and has no step to compile"
    )


def test_memory_grows_with_the_square_of_the_length() -> None:
    short, long = (only("transformer", lengths=[length]) for length in (64, 1024))
    assert tile_size(short) == tile_size(long) == 1
    assert activation_bytes(long, 1) > 50 * activation_bytes(short, 1)
    scores = 2 * 16 * 2 * 1024 * 1024 * 4  # layers, sequences, heads, steps, steps, bytes
    assert activation_bytes(long, 1) > 3 * scores


class Looking(SequenceModel):
    """Looks ahead."""

    name, source = "looking", "a test"

    def over_time(self, inputs: Tensor) -> Tensor:
        return inputs.flip(0).expand(-1, -1, self.hidden)

    def state_at(self, steps: int) -> int:
        return steps

    def operations(self, steps: int) -> int:
        return 1

    @classmethod
    def activations(cls, hidden: int, steps: int, parameters: Mapping[str, Any]) -> int:
        return hidden * steps


def test_a_model_of_whole_sequences_is_not_stacked() -> None:
    assert stacking_of(CELLS, Looking) == {}


def test_a_model_that_looks_ahead_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = only("transformer")
    monkeypatch.setattr("rnnbench.execute.probe.make_cell", lambda *_: Looking(1, 8))
    assert check_cell(trial).endswith("over_time must be causal: an output depends on a later input.")
