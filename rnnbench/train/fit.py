"""Train one population with Lightning and return a row for each of its trials."""

import logging
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytorch_lightning
import torch
from torch.utils.data import DataLoader

from rnnbench.population import in_order, tile_size
from rnnbench.provenance import git_state, versions
from rnnbench.recurrence.compile import settle
from rnnbench.recurrence.count import operations
from rnnbench.recurrence.processor import vector_registers
from rnnbench.store.row import TrialRow
from rnnbench.streams import stream
from rnnbench.train.module import BeforeUpdate, Compiling, PopulationModule, Report
from rnnbench.train.place import Place
from rnnbench.train.record import Circumstances, rows_of
from rnnbench.train.tile import Tile
from rnnbench.train.weights import make_cell
from rnnbench.trial import Trial

HERE = Place()
"""One core, the fastest kernel."""
PRECISIONS: dict[str, Any] = {"32": "32-true", "64": "64-true", "bf16-mixed": "bf16-mixed"}


def fit(
    trials: Sequence[Trial],
    place: Place = HERE,
    *,
    report: Report | None = None,
    compiling: Compiling | None = None,
    before_update: BeforeUpdate | None = None,
) -> list[TrialRow]:
    """Train ``trials``, which must belong to one population, on one device.

    One torch thread on a CPU: with more, the order of sums would depend on the company. ``report`` is told of progress,
    ``compiling`` when compiling begins; ``before_update`` is called with a tile and the number of the update it is
    about to make. Raises PluginError when a plug-in breaks its contract.
    """
    started = time.perf_counter()
    settle()
    with _quiet(), one_thread():
        trainer = _trainer(trials[0], place)
        device = trainer.strategy.root_device
        tiles = make_tiles(trials, device.type, place.kernel)
        module = PopulationModule(tiles, report, before_update, place.threads, compiling)
        intervals: DataLoader[int] = DataLoader(range(len(module.evaluations)), batch_size=None)  # type: ignore[arg-type]
        trainer.fit(module, train_dataloaders=intervals)
    around = Circumstances(
        wall_seconds=time.perf_counter() - started - module.compile_seconds,
        population=len(trials),
        device=_device_name(device),
        versions=versions() | {"vector registers": vector_registers()},
        git_commit=git_state()[0],
        git_dirty=git_state()[1],
        operations=_counter(trials[0]),
        large_weights=place.large_weights,
    )
    rows: list[TrialRow] = []
    for tile, record, optimiser in zip(module.all_tiles(), module.records, module.optimisers, strict=True):
        rows += rows_of(tile, record, optimiser, around)
    return rows


def _counter(trial: Trial) -> Callable[[int], int | None]:
    """Counts the operations of a step of the trial's cell at a number of steps; of most cells once for all."""
    cell = make_cell(trial, trial.make_task(), torch.float32)
    cell.reset_parameters(stream("template"))

    @cache
    def counted(steps: int) -> int | None:
        return operations(cell, steps)

    return lambda steps: counted(1 if cell.by_step else steps)


def make_tiles(trials: Sequence[Trial], device: str, kernel: str = "auto") -> list[Tile]:
    """Cut ``trials`` into tiles: of fixed size on a CPU, one large tile on any other device."""
    ordered = in_order(trials)
    size = tile_size(ordered[0]) if device == "cpu" else len(ordered)
    dtype = torch.float64 if trials[0].precision == "64" else torch.float32
    return [Tile(ordered[start : start + size], size, dtype, kernel) for start in range(0, len(ordered), size)]


def _trainer(trial: Trial, place: Place) -> pytorch_lightning.Trainer:
    return pytorch_lightning.Trainer(
        accelerator=place.accelerator,
        devices=1 if place.accelerator == "cpu" else [place.device],
        precision=PRECISIONS[trial.precision],
        max_epochs=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )


def _device_name(device: torch.device) -> str:
    return f"cuda ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch computes in one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Lightning's advice and torch's deprecations are for its programmers, not for our user."""
    logger = logging.getLogger("pytorch_lightning")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*LeafSpec.*")  # torch 2.13 warns of Lightning's own call
            warnings.filterwarnings("ignore", message=".*does not have many workers.*")
            warnings.filterwarnings("ignore", message=".*smaller than the logging interval.*")
            yield
    finally:
        logger.setLevel(level)
