"""What a population's training leaves behind: curves, final scores, and the rows made of them."""

import math
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import torch
from numpy.typing import NDArray

from rnnbench.posed import aims
from rnnbench.store.row import WEIGHTS_LIMIT, Curve, TrialRow
from rnnbench.task import Success
from rnnbench.train.optimise import CAUSES, TileOptimiser
from rnnbench.train.readout import Tally
from rnnbench.train.tile import Tile
from rnnbench.trial import Trial

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Means over scored positions, each ``member``; by class ``member class`` with NaN where a class was not asked."""

    loss: Floats
    value: Floats
    by_class: Floats | None

    @classmethod
    def of(cls, tally: Tally) -> "Scores":
        """From sums to means."""
        count = _array(tally.count)
        with np.errstate(invalid="ignore", divide="ignore"):
            by_class = None
            if tally.right is not None and tally.asked is not None:
                by_class = _array(tally.right) / _array(tally.asked)
            return cls(_array(tally.loss) / count, _array(tally.score) / count, by_class)


@dataclass
class TileRecord:
    """The history of one tile."""

    updates: list[int] = field(default_factory=list)
    train: list[Scores] = field(default_factory=list)
    validation: list[Scores] = field(default_factory=list)
    test: Scores | None = None


@dataclass(frozen=True)
class Circumstances:
    """What is the same for every row of a population."""

    wall_seconds: float
    population: int
    device: str
    versions: dict[str, str]
    git_commit: str | None
    git_dirty: bool | None
    operations: Callable[[int], int | None]
    """Of a step of the cell, at so many steps in all."""
    large_weights: bool = False
    """Whether weights are kept of models above the limit too."""


def rows_of(tile: Tile, record: TileRecord, optimiser: TileOptimiser, around: Circumstances) -> list[TrialRow]:
    """A row for every trial of ``tile``."""
    diverged_at, causes = optimiser.diverged_at.tolist(), optimiser.cause.tolist()
    final = tile.flat.detach().cpu()
    return [
        _row(tile, record, member, diverged_at[member], CAUSES[causes[member]], final[member], around)
        for member in range(len(tile.trials))
    ]


def _row(
    tile: Tile,
    record: TileRecord,
    member: int,
    diverged_at: int,
    cause: str,
    final: torch.Tensor,
    around: Circumstances,
) -> TrialRow:
    trial = tile.trials[member]
    task = trial.make_task()  # its own: those of a tile are alike in shapes alone
    seen = [number for number, update in enumerate(record.updates) if not diverged_at or update < diverged_at]
    values = trial.columns() | {
        "status": "diverged" if diverged_at else "ok",
        "reason": f"{cause} at update {diverged_at}" if diverged_at else "",
        "diverged_at": diverged_at or None,
        **aims(task),
        "reported": trial.protocol.reported,
        "success": False,
        "updates": trial.protocol.total_updates,
        "updates_to_success": _first_success(record, member, seen, task.success),
        "parameters": tile.layout.total - len(tile.layout.fixed),
        "state_size": tile.state_at(trial.steps),
        "operations": around.operations(trial.steps),
        "wall_seconds": around.wall_seconds / around.population,
        "population": around.population,
        "kernel": str(tile.ran),
        "device": around.device,
        "versions": around.versions,
        "git_commit": around.git_commit,
        "git_dirty": around.git_dirty,
        "host": platform.node(),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "curves": _curves(record, member, seen),
    }
    values |= _weights(tile, member, final, around.large_weights)
    if not diverged_at:
        values |= _final_scores(trial, task.success, record, member)
    return TrialRow(**values)


def _final_scores(trial: Trial, success: Success, record: TileRecord, member: int) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, scores in (("train", record.train[-1]), ("validation", record.validation[-1]), ("test", record.test)):
        assert scores is not None, "the test comes before the rows"
        values |= {f"{name}_loss": float(scores.loss[member]), f"{name}_value": float(scores.value[member])}
        if scores.by_class is not None:
            values[f"{name}_by_class"] = [None if math.isnan(item) else float(item) for item in scores.by_class[member]]
    reported = float(values[f"{trial.protocol.reported}_value"])  # type: ignore[arg-type]
    return values | {"value": reported, "success": success.met(reported)}


def _first_success(record: TileRecord, member: int, seen: list[int], success: Success) -> int | None:
    solved = (record.updates[number] for number in seen if success.met(float(record.validation[number].value[member])))
    return next(solved, None)


def _curves(record: TileRecord, member: int, seen: list[int]) -> dict[str, Curve]:
    updates = np.array([record.updates[number] for number in seen], dtype=np.int32)
    points: dict[str, list[float]] = {}
    for name, history in (("train", record.train), ("validation", record.validation)):
        points[f"{name}_loss"] = [history[number].loss[member] for number in seen]
        points[f"{name}_value"] = [history[number].value[member] for number in seen]
        for number in seen:
            by_class = history[number].by_class
            for label, value in enumerate(by_class[member] if by_class is not None else ()):
                points.setdefault(f"{name}_class_{label}", []).append(value)
    return {metric: Curve(updates, np.array(values, dtype=np.float32)) for metric, values in points.items()}


def _weights(tile: Tile, member: int, final: torch.Tensor, large_too: bool) -> dict[str, object]:
    initial = tile.initial[member].numpy()
    if initial.nbytes > WEIGHTS_LIMIT and not large_too:
        return {}
    return {
        "weights_layout": [(name, list(shape)) for name, shape in tile.layout.shapes.items()],
        "initial_weights": initial.tobytes(),
        "final_weights": final.numpy().tobytes(),
    }


def _array(tensor: torch.Tensor) -> Floats:
    return tensor.detach().to("cpu", torch.float64).numpy()
