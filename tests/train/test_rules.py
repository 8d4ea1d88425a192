"""Rules of optimisers in lanes: every function of the closed set, for as many parameters as there are."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

import pytest
import torch
from torch import Tensor

from rnnbench.optimiser import Slots
from rnnbench.optimisers.adam import Adam
from rnnbench.train.fit import fit, make_tiles
from rnnbench.train.place import Place
from rnnbench.train.tile import Tile, prepare_tiles
from tests.train.conftest import make_trials
from tests.train.rows import largest_difference


def odd(self: Adam, p: Tensor, g: Tensor, slots: Slots, t: int, h: Mapping[str, Tensor]) -> Tensor:
    """Every function, each of a parameter's own numbers or of those that all share; a slot becomes a shared number."""
    early = torch.where(h["beta1"] ** t > h["epsilon"], torch.exp(-h["beta2"]), torch.sigmoid(h["beta1"]))
    waves = torch.sin(g) * torch.cos(h["beta2"]) + torch.tanh(p) * torch.log(1 + h["beta1"])
    size = torch.sqrt(g * g + h["epsilon"]) ** h["beta1"]
    slots["m"] = torch.where(g >= 0, size, -size).detach() + h["beta1"] * slots["m"]
    slots["v"] = early * torch.log1p(h["beta2"])
    waves = waves + (h["beta1"] < h["beta2"]) * g * 0.1
    step = torch.sigmoid(slots["m"]) - torch.exp(-p.abs()) * (p < g) + torch.log(size + 1) * (size == size)
    return p - h["learning_rate"] * (step + waves * slots["v"]) / (1 + t)


@pytest.mark.parametrize(("precision", "within"), [("64", 1e-10), ("32", 1e-5)])
@pytest.mark.parametrize("hidden", [1, 3])
def test_every_function(
    hidden: int, precision: Literal["32", "64"], within: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As PyTorch has it; with 7 parameters a vector has more numbers than a member."""
    monkeypatch.setattr(Adam, "update", odd)
    trials = make_trials(hidden=[hidden], precision=precision, protocol={"optimiser": "adam"})
    assert {row.kernel for row in fit(trials)} == {"numba"}
    assert largest_difference(trials, precision) < within


def changed(update: Callable[..., Tensor], monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Tile:
    """A tile of the models of one length, of which each has seven or more parameters, with ``update`` for a rule."""
    monkeypatch.setattr(Adam, "update", lambda self, p, g, slots, t, h: update(p, g, h))
    (tile,) = make_tiles(make_trials(lengths=[3], protocol={"optimiser": "adam"}, **changes), "cpu", "numba")
    return tile


SIZES: dict[str, Callable[..., Tensor]] = {
    "the logarithm of a denormal number": lambda p, g, h: (
        p - g * torch.exp(-0.5 * torch.log(g * g * 1e-40 + 1e-40)) * 1e-21
    ),
    "a small sigmoid": lambda p, g, h: p - g * torch.sigmoid(-25 + 0 * g) * 7e8,
    "a small exponential": lambda p, g, h: p - g * torch.exp(-88 - g * g) * 2.0**120,
    "an exponential that is nought": lambda p, g, h: p - torch.where(torch.exp(-200 - g * g) == 0, g, -g),
    "the logarithm of nought": lambda p, g, h: p - torch.where(torch.exp(torch.log(g * 0)) > 0, g, -g),
    "a limit that is none": lambda p, g, h: p - g.clamp(min=-math.inf, max=math.inf),
}


@pytest.mark.parametrize("name", SIZES)
def test_numbers_of_any_size(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As large and as small as PyTorch's in single precision."""
    monkeypatch.setattr(Adam, "update", lambda self, p, g, slots, t, h: SIZES[name](p, g, h))
    trials = make_trials(hidden=[1], protocol={"optimiser": "adam"})
    assert {(row.kernel, row.status) for row in fit(trials)} == {("numba", "ok")}
    assert largest_difference(trials, "32") < 1e-5


def test_a_member_takes_nothing_of_its_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A vector of eight reaches into the next member's row of seven, which is no number; what the rule makes of the
    nought behind its own is none either.
    """
    tile = changed(lambda p, g, h: p - h["learning_rate"] * g / torch.sqrt(p * p + g * g), monkeypatch, hidden=[1])
    (optimiser,) = prepare_tiles([tile])
    with torch.no_grad():
        tile.flat[1] = math.nan
    before = tile.flat.detach().clone()
    tile.train_on(range(1, 3), optimiser, lambda tile, part: None)
    assert optimiser.of_group(slice(0, 3)).cause.tolist() == [0, 1, 0]
    moved = tile.flat.detach()[:3:2] - before[:3:2]
    assert moved.isfinite().all()
    assert (moved != 0).any(1).all()


def test_parameters_that_are_no_numbers_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one becomes infinite, in the last vector of its member; none of that member is written."""
    tile = changed(lambda p, g, h: torch.where(p > 5.0, p * 3e38, p - h["learning_rate"] * g), monkeypatch, hidden=[3])
    (optimiser,) = prepare_tiles([tile])
    with torch.no_grad():
        tile.flat[0, -1] = 6.0
    before = tile.flat.detach().clone()
    tile.train_on(range(1, 2), optimiser, lambda tile, part: None)
    after = tile.flat.detach()
    assert optimiser.of_group(slice(0, 3)).cause.tolist() == [4, 0, 0]
    assert torch.equal(after[0], before[0])
    assert not torch.equal(after[1], before[1])


def test_kernels_agree_over_many_updates() -> None:
    """Slots are read and written at the right places: errors there grow."""
    trials = make_trials(hidden=[3], precision="64", protocol={"updates": 60, "interval": 60})
    eager, fused = (fit(trials, Place(kernel=kernel)) for kernel in ("eager", "numba"))
    for one, other in zip(eager, fused, strict=True):
        assert one.train_loss == pytest.approx(other.train_loss, rel=1e-9)
