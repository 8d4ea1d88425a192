"""A tile: the members whose arithmetic is done together, in tensors of one fixed shape.

A trial's rounding must not depend on its company (promise 1). Vectorised loops round their ends differently, and sums
take another order in another shape. So on a CPU every tensor of a trial always has the same shape, whoever is beside
it: ``size`` rows, a multiple of the widest vector, empty rows padded. What that shape is depends on the trial alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor, nn

from rnnbench.cell import Cell
from rnnbench.data_key import DataKey
from rnnbench.population import in_order
from rnnbench.ran import Ran
from rnnbench.recurrence.choose import Kernel, make_kernel
from rnnbench.recurrence.numba_kernel import NumbaKernel
from rnnbench.recurrence.operations import NotLowered
from rnnbench.streams import DRAWN, stream
from rnnbench.task import Purpose
from rnnbench.train.data import DataSource
from rnnbench.train.encode import encode
from rnnbench.train.feed import Feed, TileBatch
from rnnbench.train.fused import FusedTile, Parts
from rnnbench.train.optimise import TileOptimiser
from rnnbench.train.pace import Pace
from rnnbench.train.program import Program, make_program
from rnnbench.train.readout import Tally, loss_and_tally
from rnnbench.train.weights import Layout, default_dtype, initial_weights, make_cell
from rnnbench.trial import Trial

EVALUATION_BATCH = 64
"""Sequences evaluated at a time: with it the kernel of most training batches serves here too, compiled once."""


@dataclass(frozen=True)
class Common:
    """What the tiles of a population have in common: kernels for training and evaluation, or whole fused updates."""

    train: Kernel
    evaluate: Kernel | None
    program: Program | None
    unfused: str = ""
    """Why updates are not fused though the cell is compiled."""


class Tile(nn.Module):
    """Up to ``size`` trials of one shape."""

    def __init__(self, trials: Sequence[Trial], size: int, dtype: torch.dtype, kernel: str = "auto") -> None:
        super().__init__()
        self.trials = in_order(trials)
        self.size, self._dtype, self._wanted = size, dtype, kernel
        self.task = self.trials[0].make_task()
        self._cell = make_cell(self.trials[0], self.task, dtype)
        self._cell.reset_parameters(stream("template"))  # never trained; derive() must not meet uninitialised memory
        self.layout = Layout(self._cell, self.task)
        drawn = initial_weights(self.trials, self.layout, self.task, dtype)
        padding = torch.zeros(size - len(self.trials), self.layout.total, dtype=dtype)
        self.flat = nn.Parameter(torch.cat([drawn, padding]))
        self.initial = drawn

    def state_at(self, steps: int) -> int:
        """Floats of state of one sequence after ``steps`` steps."""
        return self._cell.state_at(steps)

    def prepare(
        self, sources: dict[DataKey, DataSource], threads: int = 1, like: "Tile | None" = None
    ) -> TileOptimiser:
        """Once the weights lie on their device: feed, optimiser, and kernels, which are those of ``like`` if given.

        All tiles of a population are alike in that.
        """
        device = self.flat.device
        self._feed = Feed(self.task, self.trials, self.size, sources, device, self._dtype)
        optimiser = TileOptimiser(self.flat, self.trials, self.layout.fixed)
        with default_dtype(self._dtype):  # as in training: what a cell makes in passing is of that precision
            self._common: Common = like._common if like is not None else self._make_common(optimiser, device.type)
        parts = Parts(self._feed, optimiser, len(self.trials))
        program = self._common.program
        self._fused = FusedTile(parts, program, threads) if program is not None else None
        protocol = self.trials[0].protocol
        self._pace = Pace(max(DRAWN // protocol.batch, 1) if protocol.data == "fresh" else None)
        return optimiser

    def _make_common(self, optimiser: TileOptimiser, device: str) -> "Common":
        mixed = self.trials[0].precision == "bf16-mixed"
        shape = (self._wanted, self._cell, self.size)
        train = make_kernel(*shape, self.trials[0].protocol.batch, device, mixed=mixed)
        unfused = ""
        if isinstance(train, NumbaKernel):
            assert isinstance(self._cell, Cell), "only cells are compiled"
            try:
                return Common(train, None, make_program(self._cell, self.task, self.layout, optimiser, train))
            except NotLowered as refusal:
                unfused = f"updates are not fused: {refusal}"
        return Common(train, make_kernel(*shape, EVALUATION_BATCH, device, mixed=mixed), None, unfused)

    @property
    def ran(self) -> Ran:
        """The kernel that really runs it."""
        train = self._common.train
        return Ran(train.name, train.reason or self._common.unfused)

    @property
    def source(self) -> str:
        """The generated module that trains it: of whole updates or, where those are not fused, of passes over time.

        Nothing where it runs eagerly.
        """
        program, train = self._common.program, self._common.train
        if program is not None:
            return program.source
        return train.source() if isinstance(train, NumbaKernel) else ""

    @property
    def compiles(self) -> bool:
        """Whether its first update will be compiled first, which takes seconds."""
        return self._common.program is not None and self._common.program.is_new

    def compile_updates(self) -> float:
        """Compile its updates now, or find them compiled. Returns the seconds that took, 0 where nothing is fused."""
        return self._fused.compile() if self._fused is not None else 0.0

    def train_on(self, updates: range, optimiser: TileOptimiser, before: "Before", pace: Pace | None = None) -> Tally:
        """Run ``updates``, each stretch of ``pace`` once ``before`` was told of it. Returns the sums over them."""
        if self._fused is not None:
            return self._fused.train(updates, pace or self._pace, lambda part: before(self, part))

        def one(update: int) -> Tally:
            before(self, range(update, update + 1))
            return self._update(update, optimiser)

        return reduce(Tally.__add__, map(one, updates))

    def _update(self, update: int, optimiser: TileOptimiser) -> Tally:
        loss, tally = self._forward(self._feed.training(update), self._common.train, by_class=False)
        self.flat.grad = None
        with torch.autocast(self.flat.device.type, enabled=False):
            loss.sum().backward()  # type: ignore[no-untyped-call]
            optimiser.advance(update, loss.detach())
        return tally

    @torch.no_grad()
    def evaluate_on(self, purpose: Purpose) -> Tally:
        """Sums over the whole set for ``purpose``."""
        if self._fused is not None:
            return self._fused.evaluate(purpose)
        assert self._common.evaluate is not None, "what is not fused has a kernel for evaluation"
        kernel, batches = self._common.evaluate, self._feed.evaluation(purpose, EVALUATION_BATCH)
        return reduce(Tally.__add__, (self._forward(batch, kernel, by_class=True)[1] for batch in batches))

    def _forward(self, batch: TileBatch, kernel: Kernel, by_class: bool) -> tuple[Tensor, Tally]:
        cell, others = self.layout.cut(self.flat)
        inputs = encode(self.task, batch.inputs, others.get("embedding"), self._dtype)
        outputs = kernel(cell, inputs, batch.lengths, batch.shortest, batch.steps)
        return loss_and_tally(self.task, others, outputs, batch, by_class)


def prepare_tiles(tiles: Sequence[Tile], threads: int = 1) -> list[TileOptimiser]:
    """Prepare all tiles of a population; data, kernels and the memory of fused updates are made once for all."""
    sources: dict[DataKey, DataSource] = {}
    first, *others = tiles
    return [first.prepare(sources, threads), *(tile.prepare(sources, threads, like=first) for tile in others)]


Before = Callable[[Tile, range], None]
"""Told of a tile and the updates it is about to make."""
