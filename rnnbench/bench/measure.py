"""Kernels timed side by side: whole updates of a tile, in interleaved rounds."""

import dataclasses
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import torch

from rnnbench.bench.arithmetic import operations
from rnnbench.bench.peak import peak
from rnnbench.cell import Cell
from rnnbench.population import tile_size
from rnnbench.ran import Ran
from rnnbench.recurrence.operations import NotLowered
from rnnbench.streams import stream
from rnnbench.train.fit import make_tiles, one_thread
from rnnbench.train.tile import Tile, prepare_tiles
from rnnbench.train.weights import make_cell
from rnnbench.trial import Trial

WARM = 2
"""Updates before the first that is timed: the first one compiles."""


@dataclass(frozen=True)
class Timing:
    """What one kernel took for one cell, size and length."""

    cell: str
    hidden: int
    length: int
    batch: int
    members: int
    kernel: str
    """As asked for."""
    ran: Ran
    rounds: tuple[float, ...]
    """Nanoseconds a sample-step, a round each."""
    operations: int | None
    """Floating-point operations a sample-step; None for a cell that cannot be lowered."""
    peak: float
    """Floating-point operations a second that this core reached beside it."""

    @property
    def nanoseconds(self) -> float:
        """One sequence of one member advancing one step, its share of the whole update included: the median."""
        return median(self.rounds)

    @property
    def spread(self) -> float:
        """Half the distance between fastest and slowest round, as a share of the median."""
        return (max(self.rounds) - min(self.rounds)) / 2 / self.nanoseconds

    @property
    def share(self) -> float | None:
        """Of the arithmetic limit."""
        return None if self.operations is None else self.operations * 1e9 / self.nanoseconds / self.peak


class Contender:
    """One kernel on the tiles of ``members`` copies of a trial, each with a seed of its own."""

    def __init__(self, trial: Trial, members: int, kernel: str) -> None:
        self.kernel = kernel
        trials = [dataclasses.replace(trial, seed=seed) for seed in range(members)]
        self._tiles = make_tiles(trials, "cpu", kernel)
        self._optimisers = prepare_tiles(self._tiles)
        self._sample_steps = members * trial.protocol.batch * trial.length
        self._done, self._updates = 0, 1

    @property
    def ran(self) -> Ran:
        """The kernel that really ran."""
        return self._tiles[0].ran

    def settle(self, seconds: float) -> None:
        """Warm up, then choose how many updates take ``seconds``."""
        self._run(WARM)
        self._updates = max(1, math.ceil(seconds / self._run(1)))

    def round(self) -> float:
        """Nanoseconds a sample-step."""
        return 1e9 * self._run(self._updates) / self._updates / self._sample_steps

    def _run(self, updates: int) -> float:
        started = time.perf_counter()
        for tile, optimiser in zip(self._tiles, self._optimisers, strict=True):
            tile.train_on(range(self._done + 1, self._done + updates + 1), optimiser, _nothing)
        self._done += updates
        return time.perf_counter() - started


def measure(
    trial: Trial, kernels: Sequence[str], *, members: int | None = None, rounds: int = 5, seconds: float = 0.2
) -> list[Timing]:
    """Time ``kernels`` on ``members`` models like ``trial`` (by default a full tile), one core, A B C A B C."""
    members = members or tile_size(trial)
    with one_thread():
        contenders = [Contender(trial, members, kernel) for kernel in kernels]
        for contender in contenders:
            contender.settle(seconds)
        times: list[list[float]] = [[] for _ in contenders]
        limit = 0.0
        for _ in range(rounds):
            limit = max(limit, peak())
            for own, contender in zip(times, contenders, strict=True):
                own.append(contender.round())
    about = (trial.cell.label, trial.hidden, trial.length, trial.protocol.batch, members)
    needed = _operations(trial)
    return [
        Timing(*about, contender.kernel, contender.ran, tuple(own), needed, limit)
        for own, contender in zip(times, contenders, strict=True)
    ]


def _operations(trial: Trial) -> int | None:
    cell = make_cell(trial, trial.make_task(), torch.float32)
    cell.reset_parameters(stream("template"))
    if not isinstance(cell, Cell):
        return None
    try:
        return operations(cell)
    except NotLowered:
        return None


def _nothing(tile: Tile, updates: range) -> None:
    del tile, updates
