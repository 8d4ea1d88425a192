"""What is kept of one trial."""

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Status = Literal["ok", "diverged", "error", "skipped"]
WEIGHTS_LIMIT = 4096
"""Bytes: weights of models up to this size are kept."""


@dataclass(frozen=True)
class Curve:
    """A metric against updates."""

    updates: NDArray[np.int32]
    points: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class TrialRow:
    """One row of the table ``trials`` (the columns' meaning stands in the schema) with the trial's curves."""

    trial: str
    spec: str
    task: str
    cell: str
    hidden: int
    length: int
    seed: int
    status: Status
    reason: str = ""
    diverged_at: int | None = None
    metric: str | None = None
    chance: float | None = None
    success_rule: str | None = None
    reported: str | None = None
    value: float | None = None
    success: bool | None = None
    updates: int | None = None
    updates_to_success: int | None = None
    train_loss: float | None = None
    train_value: float | None = None
    validation_loss: float | None = None
    validation_value: float | None = None
    validation_by_class: list[float | None] | None = None
    test_loss: float | None = None
    test_value: float | None = None
    test_by_class: list[float | None] | None = None
    parameters: int | None = None
    state_size: int | None = None
    operations: int | None = None
    wall_seconds: float | None = None
    population: int | None = None
    kernel: str | None = None
    device: str | None = None
    precision: str | None = None
    weights_layout: list[tuple[str, list[int]]] | None = None
    initial_weights: bytes | None = None
    final_weights: bytes | None = None
    versions: dict[str, str] = field(default_factory=dict)
    git_commit: str | None = None
    git_dirty: bool | None = None
    host: str | None = None
    finished: str | None = None
    curves: dict[str, Curve] = field(default_factory=dict)
    """By metric: train_loss, train_value, validation_loss, validation_value, validation_class_0, ..."""

    def columns(self) -> dict[str, Any]:
        """Column values as SQLite takes them."""
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self) if item.name != "curves"}
        for key in ("validation_by_class", "test_by_class", "weights_layout", "versions"):
            if values[key] is not None:
                values[key] = json.dumps(values[key])
        return values
