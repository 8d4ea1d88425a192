"""How training goes: everything about a trial except task, cell, size, length and seed."""

import math
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

DEFAULT_INTERVAL = 500
MOST = 10**9
"""No count is larger: beyond is a slip of the keyboard, and numbers that no file or processor holds."""


def _no_truth(value: object) -> object:
    """Refuse true and false, which pydantic would count as 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("Input should be a number")
    return value


Number = BeforeValidator(_no_truth)
Count = Annotated[int, Number, Field(gt=0, le=MOST)]
Seed = Annotated[int, Number, Field(ge=0, le=2**63 - 1)]
Positive = Annotated[float, Number, Field(gt=0, allow_inf_nan=False)]


class Protocol(BaseModel):
    """A frozen, checked protocol. In a study every field may be a list, which makes it an axis of the grid."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    data: Literal["fixed", "fresh"] = "fixed"
    """``fixed``: a data set of ``sequences``; ``fresh``: every update sees new sequences."""
    sequences: Count = 10_000
    """Size of the fixed data set, validation included."""
    validation: Count = 2_000
    """Sequences that are validated on: taken from the fixed data set, or from a stream of their own."""
    split: Literal["random", "last"] = "random"
    """Which of a fixed data set are validation: some at random, or the last (the 2018 bug, if data are sorted)."""
    dataset: Literal["shared", "per_seed"] = "shared"
    """One data set for all repeats of a length, or one for each seed, which is the default where data are fresh."""
    data_seed: Seed = 0
    """Another number, other data."""
    batch: Count = 16
    """Sequences of an update."""
    epochs: Count | None = None
    """Passes over the fixed training set; give either this or ``updates``."""
    updates: Count | None = None
    """Batches that are trained on."""
    interval: Count | None = None
    """Updates between evaluations; by default an epoch, or 500 when ``updates`` is given."""
    optimiser: str = "adam"
    """With parameters as ``rnnbench list optimisers`` and ``rnnbench show adam`` name them: ``sgd``, ``adam:keras``."""
    learning_rate: Positive = 1e-3
    """Before schedule and warm-up."""
    schedule: Literal["constant", "cosine"] = "constant"
    """``cosine`` falls from the learning rate to 0 over the whole training."""
    warmup: Annotated[int, Number, Field(ge=0, le=MOST)] = 0
    """Updates over which the learning rate rises linearly from 0."""
    clip: Literal["none", "norm", "value"] = "none"
    """Per member: scale the whole gradient to a norm, or cut each component."""
    clip_threshold: Positive = 1.0
    """The largest norm, or the largest component."""
    readout: Literal["uniform", "glorot"] = "uniform"
    """Initial read-out: torch's Linear, or Keras's Dense (glorot weights, zero bias)."""
    test: Count = 2_000
    """Fresh sequences of the test stream that the final model is tested on."""
    reported: Literal["test", "validation"] = "test"
    """Where the reported accuracy and success come from."""

    @model_validator(mode="before")
    @classmethod
    def _own_streams(cls, given: object) -> object:
        """Fresh data in one stream, in one order, would be one data set of which repeats say nothing."""
        if isinstance(given, dict) and given.get("data") == "fresh":
            return {"dataset": "per_seed", **given}
        return given

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

    def learning_rate_factors(self, updates: range) -> list[float]:
        """What the schedule multiplies the learning rate with at each of ``updates`` (from 1)."""
        if self.schedule == "constant" and not self.warmup:
            return [1.0] * len(updates)
        return [self._factor(update) for update in updates]

    def _factor(self, update: int) -> float:
        factor = min(1.0, update / self.warmup) if self.warmup else 1.0
        if self.schedule == "cosine":
            factor *= 0.5 * (1.0 + math.cos(math.pi * (update - 1) / self.total_updates))
        return factor
