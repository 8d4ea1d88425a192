"""A population as one Lightning module. One Lightning step is a whole evaluation interval."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from pytorch_lightning import LightningModule

from rnnbench.train.optimise import TileOptimiser
from rnnbench.train.pace import Pace
from rnnbench.train.record import Scores, TileRecord
from rnnbench.train.tile import Tile, prepare_tiles
from rnnbench.trial import Point

Report = Callable[[int, float, Sequence[tuple[Point, float, int]]], None]
"""Told of progress: update, member-steps done so far, and for each point its mean validation metric and members."""
Compiling = Callable[[str, int], None]
"""Told of a cell and a number of units whose updates are about to be compiled."""
BeforeUpdate = Callable[[Tile, int], None]

HEARTBEAT = 1.0
"""Seconds between two progress reports within an interval."""


class PopulationModule(LightningModule):
    """Trains the members of ``tiles`` under manual optimisation; results are left in :attr:`records`."""

    def __init__(
        self,
        tiles: Sequence[Tile],
        report: Report | None = None,
        before_update: BeforeUpdate | None = None,
        threads: int = 1,
        compiling: Compiling | None = None,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.tiles = torch.nn.ModuleList(tiles)
        self.records = [TileRecord() for _ in tiles]
        self.evaluations = tiles[0].trials[0].protocol.evaluations
        self.optimisers: list[TileOptimiser] = []
        self._report, self._before, self._threads = report, before_update, threads
        self._compiling = compiling
        self.compile_seconds = 0.0
        self._pace = None if before_update is None else Pace(longest=1)
        self._steps, self._spoke = 0.0, time.monotonic()

    def configure_optimizers(self) -> Any:
        """An optimiser a tile: tiles advance one after another."""
        self.optimisers = prepare_tiles(self.all_tiles(), self._threads)
        first = self.all_tiles()[0]
        if self._compiling is not None and first.compiles:
            self._compiling(first.trials[0].cell.label, first.trials[0].hidden)
        self.compile_seconds = first.compile_updates()
        return self.optimisers

    def training_step(self, interval: int) -> None:
        """Every tile through interval number ``interval``, then validation."""
        first = 1 if interval == 0 else self.evaluations[interval - 1] + 1
        last = self.evaluations[interval]
        for tile, record, optimiser in zip(self.all_tiles(), self.records, self.optimisers, strict=True):
            trained = tile.train_on(range(first, last + 1), optimiser, self._before_updates, self._pace)
            record.updates.append(last)
            record.train.append(Scores.of(trained))
            record.validation.append(Scores.of(tile.evaluate_on("validation")))
            self._tell(last, self._means(tile, record))

    def on_train_end(self) -> None:
        """Test every final model once."""
        with self.trainer.precision_plugin.train_step_context():
            for tile, record in zip(self.all_tiles(), self.records, strict=True):
                record.test = Scores.of(tile.evaluate_on("test"))

    def all_tiles(self) -> list[Tile]:
        """The tiles, with their type."""
        return [tile for tile in self.tiles if isinstance(tile, Tile)]

    def _before_updates(self, tile: Tile, updates: range) -> None:
        self._steps += len(updates) * sum(trial.length for trial in tile.trials)
        if time.monotonic() - self._spoke > HEARTBEAT:
            self._tell(updates.start, ())
        if self._before is not None:
            self._before(tile, updates.start)

    def _tell(self, update: int, means: Sequence[tuple[Point, float, int]]) -> None:
        self._spoke = time.monotonic()
        if self._report is not None:
            self._report(update, self._steps, means)

    @staticmethod
    def _means(tile: Tile, record: TileRecord) -> list[tuple[Point, float, int]]:
        groups: dict[Point, list[float]] = {}
        for trial, value in zip(tile.trials, record.validation[-1].value, strict=False):
            groups.setdefault(trial.point, []).append(float(value))
        return [(point, sum(values) / len(values), len(values)) for point, values in groups.items()]
