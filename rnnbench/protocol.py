"""How training goes: everything about a trial except task, cell, size, length and seed."""

import math
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

DEFAULT_INTERVAL = 500


class Protocol(BaseModel):
    """A frozen, checked protocol. In a study every field may be a list, which makes it an axis of the grid."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Literal["fixed", "fresh"] = "fixed"
    """``fixed``: a data set of ``sequences``; ``fresh``: every update sees new sequences."""
    sequences: PositiveInt = 10_000
    """Size of the fixed data set, validation included."""
    validation: PositiveInt = 2_000
    """Sequences that are validated on: taken from the fixed data set, or from a stream of their own."""
    split: Literal["random", "last"] = "random"
    """Which of a fixed data set are validation: some at random, or the last (the 2018 bug, if data are sorted)."""
    dataset: Literal["shared", "per_seed"] = "shared"
    """One data set (or stream) for all repeats of a length, or one for each seed."""
    data_seed: Annotated[int, Field(ge=0)] = 0
    batch: PositiveInt = 16
    epochs: PositiveInt | None = None
    """Passes over the fixed training set; give either this or ``updates``."""
    updates: PositiveInt | None = None
    interval: PositiveInt | None = None
    """Updates between evaluations; by default an epoch, or 500 when ``updates`` is given."""
    optimiser: str = "adam"
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1e-3
    schedule: Literal["constant", "cosine"] = "constant"
    """``cosine`` falls from the learning rate to 0 over the whole training."""
    warmup: Annotated[int, Field(ge=0)] = 0
    """Updates over which the learning rate rises linearly from 0."""
    clip: Literal["none", "norm", "value"] = "none"
    """Per member: scale the whole gradient to a norm, or cut each component."""
    clip_threshold: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    readout: Literal["uniform", "glorot"] = "uniform"
    """Initial read-out: torch's Linear, or Keras's Dense (glorot weights, zero bias)."""
    test: PositiveInt = 2_000
    """Fresh sequences of the test stream that the final model is tested on."""
    reported: Literal["test", "validation"] = "test"
    """Where the reported accuracy and success come from."""

    @model_validator(mode="after")
    def _consistent(self) -> "Protocol":
        if (self.epochs is None) == (self.updates is None):
            given = "both" if self.epochs else "neither"
            raise ValueError(f"give either epochs or updates, got {given}")
        if self.data == "fresh" and self.epochs is not None:
            raise ValueError("fresh data has no epochs: give updates")
        if self.data == "fixed" and self.validation >= self.sequences:
            raise ValueError(f"validation must be smaller than sequences, got {self.validation} of {self.sequences}")
        return self

    @property
    def training_sequences(self) -> int:
        """Sequences of the fixed data set that are trained on."""
        return self.sequences - self.validation

    @property
    def updates_per_epoch(self) -> int:
        """Batches in one pass over the fixed training set; the last may be partial, as in Keras."""
        return math.ceil(self.training_sequences / self.batch)

    @cached_property
    def total_updates(self) -> int:
        """Updates of the whole training."""
        return self.updates if self.updates is not None else (self.epochs or 0) * self.updates_per_epoch

    @cached_property
    def evaluations(self) -> tuple[int, ...]:
        """The updates after which the model is evaluated, the last one included."""
        default = self.updates_per_epoch if self.epochs is not None else DEFAULT_INTERVAL
        step = min(self.interval or default, self.total_updates)
        return (*range(step, self.total_updates, step), self.total_updates)

    def learning_rate_factor(self, update: int) -> float:
        """What the schedule multiplies the learning rate with at ``update`` (from 1)."""
        factor = min(1.0, update / self.warmup) if self.warmup else 1.0
        if self.schedule == "cosine":
            factor *= 0.5 * (1.0 + math.cos(math.pi * (update - 1) / self.total_updates))
        return factor
