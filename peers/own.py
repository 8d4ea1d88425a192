"""rnnbench itself, through the interface that its Lightning module uses."""

import math
import time

import torch

from peers.setting import Prepared, Setting
from rnnbench.population import tile_size
from rnnbench.study import Study
from rnnbench.train.fit import make_tiles
from rnnbench.train.tile import Tile, prepare_tiles
from rnnbench.trial import Trial


def make_trials(setting: Setting) -> list[Trial]:
    """A trial a member: one data set, orders of their own."""
    protocol = {"updates": 10**6, "batch": setting.batch, "learning_rate": setting.learning_rate}
    return Study(
        name="peers",
        tasks=["latching:2018"],
        cells=[setting.cell],
        hidden=[setting.hidden],
        lengths=[setting.length],
        repeats=setting.members,
        protocol=protocol,
    ).trials()


def full_tile(setting: Setting) -> int:
    """Members that rnnbench computes together."""
    return tile_size(make_trials(setting)[0])


def prepare(setting: Setting, kernel: str) -> Prepared:
    """All members, in tiles as ``rnnbench run`` makes them, for a second at a time."""
    torch.set_num_threads(1)
    tiles = make_tiles(make_trials(setting), "cpu", kernel)
    optimisers = prepare_tiles(tiles)
    done = 0

    def run(updates: int) -> None:
        nonlocal done
        for tile, optimiser in zip(tiles, optimisers, strict=True):
            tile.train_on(range(done + 1, done + updates + 1), optimiser, _nothing)
        done += updates

    run(2)  # the first update compiles
    started = time.perf_counter()
    run(3)
    updates = max(5, min(setting.stretch, math.ceil(3 / (time.perf_counter() - started))))
    return Prepared(
        lambda: run(updates), updates, setting.members, f"{tiles[0].ran}, {len(tiles)} x {tiles[0].size} rows"
    )


def _nothing(tile: Tile, updates: range) -> None:
    del tile, updates
