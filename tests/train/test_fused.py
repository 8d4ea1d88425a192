"""Promise 5 of the kernels: a fused update is an unfused one, for every kind of task, optimiser and data."""

import gc
import math
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnbench.optimiser import Slots
from rnnbench.recurrence.arguments import Data
from rnnbench.recurrence.compile import settle, without_collection
from rnnbench.recurrence.denormal import can_flush
from rnnbench.registry import add_plugin
from rnnbench.streams import BLOCK
from rnnbench.train.data import Sequences
from rnnbench.train.feed import Feed
from rnnbench.train.fit import fit, make_tiles
from rnnbench.train.fused import place
from rnnbench.train.pace import Pace
from rnnbench.train.place import Place
from rnnbench.train.program import Program
from rnnbench.train.tile import Tile, prepare_tiles
from tests.train.conftest import make_trials
from tests.train.rows import largest_difference, results, weights

PROTOCOLS: list[dict[str, Any]] = [
    {},
    {"data": "fresh", "dataset": "per_seed", "optimiser": "adam:keras"},
    {"clip": "norm", "clip_threshold": [0.05, 1.0], "optimiser": "rmsprop"},
    {"clip": "value", "clip_threshold": 0.02, "optimiser": "momentum:nesterov=true", "schedule": "cosine", "warmup": 2},
    {"optimiser": "adamw:weight_decay=0.1", "batch": 5, "sequences": 103, "validation": 20},
    {"optimiser": "sgd", "batch": 33},
]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda item: str(item.get("optimiser", "plain")))
def test_every_protocol(protocol: dict[str, Any]) -> None:
    trials = make_trials(cells=["srnn:keras2"], hidden=[2], precision="64", protocol=protocol)
    assert largest_difference(trials, "64") < 1e-10


def test_single_precision() -> None:
    trials = make_trials(cells=["lstm:keras2"], hidden=[3])
    assert largest_difference(trials, "32") < 1e-5


def test_where_data_lie_is_looked_up_once_for_each_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at every call; and anew when a fresh stream goes on, or between training and validation."""
    placed: list[int] = []

    def counted(sets: Sequence[Sequences], program: Program) -> Data:
        placed.append(len(sets))
        return place(sets, program)

    monkeypatch.setattr("rnnbench.train.fused.place", counted)
    monkeypatch.setattr("rnnbench.train.data.BLOCK", 4)  # a fresh stream comes in blocks: less than a batch here
    for data, anew in (("fixed", 0), ("fresh", 1)):
        trials = make_trials(cells=["srnn"], protocol={"data": data, "updates": 8, "interval": 4})
        (tile,) = make_tiles(trials, "cpu", "numba")
        (optimiser,) = prepare_tiles([tile])
        counts = []
        for first in (1, 3, 5):
            placed.clear()
            tile.train_on(range(first, first + 2), optimiser, lambda *_: None, Pace(longest=2))
            counts.append(len(placed) > 0)
        assert counts == [True, bool(anew), bool(anew)], data
        placed.clear()
        tile.evaluate_on("validation")
        tile.evaluate_on("validation")
        assert len(placed) == 1


TURNED = """
import torch
from torch import nn
from rnnbench.cell import Cell
from rnnbench.registry import CELLS


@CELLS.register("turned")
class Turned(Cell):
    \"\"\"A matrix as state is transposed at every step: one unit's cotangent is read where another's is written.\"\"\"

    source = "a test, in its file"

    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))

    def initial_state(self, batch):
        side = round(self.hidden**0.5)
        return (torch.full((batch, side, side), 0.1),)

    def step(self, x, state):
        (m,) = state
        return torch.tanh(m.flatten(1)), ((m + (x @ self.w).view_as(m)).transpose(1, 2),)
"""


def test_a_state_that_is_turned_and_starts_at_a_fraction(tmp_path: Path) -> None:
    path = tmp_path / "turned.py"
    path.write_text(TURNED)
    add_plugin(path)
    assert largest_difference(make_trials(cells=["turned"], hidden=[9], precision="64"), "64") < 1e-10


def has_tiny(numbers: NDArray[Any]) -> bool:
    """Whether there are numbers of single precision that have less than full precision, but are not nought."""
    return bool(((numbers != 0) & (np.abs(numbers) < np.finfo(np.float32).tiny)).any())


@pytest.mark.skipif(not can_flush(), reason="the mode is known for x86-64 alone")
def test_gradients_that_vanish_become_nought() -> None:
    """Without noise only the first input counts; 100 steps on its gradient is 1e-38 to 1e-45 in some models."""
    few = {"tasks": ["latching:noise=0"], "cells": ["srnn"], "hidden": [1], "lengths": [100], "repeats": 64}
    trials = make_trials(**few, protocol={"optimiser": "momentum"})
    found = {}
    for kernel in ("eager", "numba"):
        (tile,) = make_tiles(trials, "cpu", kernel)
        (optimiser,) = prepare_tiles([tile])
        tile.train_on(range(1, 2), optimiser, lambda tile, part: None)
        found[kernel] = optimiser
    assert found["eager"].flat.grad is not None
    assert has_tiny(found["eager"].flat.grad.numpy())
    remembered = found["numba"].of_group(slice(0, 64)).slots  # momentum begins with the gradient
    assert np.any(remembered)
    assert not has_tiny(remembered)


@pytest.mark.parametrize("kernel", ["eager", "numba"])
def test_a_rule_computes_with_numbers_of_any_size(kernel: str) -> None:
    """Such are the steps of so small a rate; biases begin at nought."""
    trials = make_trials(hidden=[2], protocol={"optimiser": "sgd", "learning_rate": 1e-37})
    assert has_tiny(np.concatenate([weights(row, "32") for row in fit(trials, Place(kernel=kernel))]))


def test_nothing_of_a_population_outlives_it() -> None:
    """What the garbage collector is told to forget is older than its first model."""
    settle.cache_clear()
    seen: list[weakref.ref[Tile]] = []
    fit(make_trials(), before_update=lambda tile, _: seen.append(weakref.ref(tile)))
    gc.collect()
    assert seen
    assert all(tile() is None for tile in seen)


def test_threads_change_no_bit() -> None:
    trials = make_trials(cells=["srnn:keras2"], hidden=[2], repeats=40)
    assert results(fit(trials, Place(threads=3))) == results(fit(trials))


def test_an_optimiser_that_cannot_be_traced_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnbench.optimisers.sgd import SGD

    def update(self: SGD, p: Tensor, g: Tensor, slots: Slots, t: int, h: Mapping[str, Tensor]) -> Tensor:
        return p - h["learning_rate"] * g if float(g.abs().sum()) > 0 else p

    trials = make_trials(protocol={"optimiser": "sgd"})
    fused = {row.trial: row for row in fit(trials)}
    monkeypatch.setattr(SGD, "update", update)
    for row in fit(trials):
        assert row.kernel is not None
        assert row.kernel.startswith("numba (updates are not fused: it cannot be traced (")
        assert np.abs(weights(row, "32") - weights(fused[row.trial], "32")).max() < 1e-5


def test_an_optimiser_that_counts_parameters_is_not_traced_for_another_number(monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnbench.optimisers.sgd import SGD

    def update(self: SGD, p: Tensor, g: Tensor, slots: Slots, t: int, h: Mapping[str, Tensor]) -> Tensor:
        return p - h["learning_rate"] * g / math.sqrt(p.shape[-1])

    monkeypatch.setattr(SGD, "update", update)
    trials = make_trials(protocol={"optimiser": "sgd"})
    eager = {row.trial: row for row in fit(trials, Place(kernel="eager"))}
    for row in fit(trials):
        assert row.kernel == "numba (updates are not fused: it depends on how many parameters there are)"
        assert np.abs(weights(row, "32") - weights(eager[row.trial], "32")).max() < 1e-5


STARTED = """
import torch
from torch import nn
from rnnbench.cell import Cell
from rnnbench.registry import CELLS


@CELLS.register("started_apart")
class StartedApart(Cell):
    \"\"\"Its first state is drawn for each member and never trained.\"\"\"

    source = "a test, in its file"

    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.start = nn.Parameter(torch.empty(hidden), requires_grad=False)

    def initial_state(self, batch):
        return (self.start.expand(batch, -1),)

    def step(self, x, state):
        (h,) = state
        h = torch.tanh(x @ self.w + h)
        return h, (h,)
"""


def test_members_with_starts_of_their_own_are_not_fused(tmp_path: Path) -> None:
    path = tmp_path / "started_apart.py"
    path.write_text(STARTED)
    add_plugin(path)
    trials = make_trials(cells=["started_apart"], hidden=[2], lengths=[3])
    together = results(fit(trials))
    assert {row["kernel"] for row in together.values()} == {
        "numba (updates are not fused: the cell's initial state is made of its parameters)"
    }
    assert results(fit(trials[1:2])) == {trials[1].id: together[trials[1].id]}


def test_a_stretch_of_a_fresh_stream_is_read_in_order() -> None:
    """Rows count from the first block that the stretch reads."""
    trials = make_trials(protocol={"data": "fresh", "batch": 8}, repeats=2)
    feed = Feed(trials[0].make_task(), trials, len(trials), {}, torch.device("cpu"), torch.float32)
    sets, rows = feed.stretch(range(BLOCK // 8, BLOCK // 8 + 3))
    assert rows.tolist() == [np.arange(BLOCK - 8, BLOCK + 16).reshape(3, 8).tolist()] * len(trials)
    assert [sequences.count for sequences in sets] == [2 * BLOCK] * len(trials)
    assert feed.stretch(range(BLOCK // 8 + 1, BLOCK // 8 + 2))[1].tolist() == [[list(range(8))]] * len(trials)


@pytest.mark.parametrize("was_on", [True, False])
def test_the_collector_waits_and_is_then_as_it_was(was_on: bool) -> None:
    before = gc.isenabled()
    (gc.enable if was_on else gc.disable)()
    try:
        with without_collection():
            assert not gc.isenabled()
        assert gc.isenabled() == was_on
    finally:
        (gc.enable if before else gc.disable)()


def test_compiling_changes_nothing_and_leaves_nothing_to_compile() -> None:
    """So that its time can be told from that of training: one entry serves updates and evaluation."""
    (tile,) = make_tiles(make_trials(cells=["srnn:keras2"], hidden=[2]), "cpu")
    (optimiser,) = prepare_tiles([tile])
    program = tile._common.program
    assert program is not None
    before = tile.flat.detach().clone()
    assert tile.compile_updates() > 0
    assert torch.equal(tile.flat, before)
    entries = [*program.module.run.signatures]
    assert len(entries) == 1
    tile.train_on(range(1, 3), optimiser, lambda tile, part: None)
    tile.evaluate_on("validation")
    assert program.module.run.signatures == entries


def test_tiles_share_their_kernel_and_their_memory() -> None:
    """Members too large to stand side by side, of two lengths: what one has worked in, the next one works in."""
    trials = make_trials(cells=["srnn:keras2"], hidden=[70], repeats=3)
    tiles = make_tiles(trials, "cpu")
    assert len(tiles) == len(trials) == 6
    optimisers = prepare_tiles(tiles)
    for tile, optimiser in zip(tiles, optimisers, strict=True):
        tile.train_on(range(1, 3), optimiser, lambda tile, part: None)
    programs = [tile._common.program for tile in tiles]
    assert programs[0] is not None
    assert all(program is programs[0] for program in programs)
    assert len(programs[0].memory._free) == 1
