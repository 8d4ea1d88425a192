"""Rules of optimisers in lanes: every function of the closed set, for as many parameters as there are."""

from collections.abc import Mapping
from typing import Literal

import pytest
import torch
from torch import Tensor

from rnnbench.optimiser import Slots
from rnnbench.optimisers.adam import Adam
from rnnbench.train.fit import fit, make_tiles
from rnnbench.train.place import Place
from rnnbench.train.tile import prepare_tiles
from tests.train.conftest import make_trials
from tests.train.rows import largest_difference, results


def odd(self: Adam, p: Tensor, g: Tensor, slots: Slots, t: int, h: Mapping[str, Tensor]) -> Tensor:
    """Every function, each of a parameter's own numbers or of those that all share; a slot becomes a shared number."""
    early = torch.where(h["beta1"] ** t > h["epsilon"], torch.exp(-h["beta2"]), torch.sigmoid(h["beta1"]))
    waves = torch.sin(g) * torch.cos(h["beta2"]) + torch.tanh(p) * torch.log(1 + h["beta1"])
    size = torch.sqrt(g * g + h["epsilon"]) ** h["beta1"]
    slots["m"] = torch.where(g >= 0, size, -size).detach() + h["beta1"] * slots["m"]
    slots["v"] = early * torch.log1p(h["beta2"])
    step = torch.sigmoid(slots["m"]) - torch.exp(-p.abs()) * (p < g) + torch.log(size + 1) * (size == size)
    return p - h["learning_rate"] * (step + waves * slots["v"]) / (1 + t)


@pytest.mark.parametrize(("precision", "within"), [("64", 1e-10), ("32", 1e-5)])
@pytest.mark.parametrize("hidden", [1, 3])
def test_every_function(
    hidden: int, precision: Literal["32", "64"], within: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As PyTorch has it; with 6 parameters a vector has more numbers than a member, with 20 members need three."""
    monkeypatch.setattr(Adam, "update", odd)
    trials = make_trials(hidden=[hidden], precision=precision, protocol={"optimiser": "adam"})
    assert {row.kernel for row in fit(trials)} == {"numba"}
    assert largest_difference(trials, precision) < within


def test_a_member_that_diverges_takes_nothing_of_its_neighbours() -> None:
    """A vector reaches into the next member's row; what is there, and what becomes of it, is as if it were alone."""
    protocol = {"optimiser": "adam", "learning_rate": [1e-2, 1e30, 3e-2]}
    trials = make_trials(hidden=[1], lengths=[3], protocol=protocol)
    together = fit(trials)
    assert {row.status for row in together} == {"ok", "diverged"}
    alone = [row for trial in trials for row in fit([trial])]
    assert results(together) == results(alone)


def test_parameters_that_are_no_numbers_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of twenty becomes infinite, in the last vector of its member; none of that member is written."""

    def update(self: Adam, p: Tensor, g: Tensor, slots: Slots, t: int, h: Mapping[str, Tensor]) -> Tensor:
        return torch.where(p > 5.0, p * 3e38, p - h["learning_rate"] * g)

    monkeypatch.setattr(Adam, "update", update)
    (tile,) = make_tiles(make_trials(hidden=[3], lengths=[3], protocol={"optimiser": "adam"}), "cpu", "numba")
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
