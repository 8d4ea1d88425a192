"""A trial of a store, made whole again: its models before and after training."""

import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnbench.errors import RnnbenchError, StoreError, UnknownName
from rnnbench.explain.models import Models
from rnnbench.provenance import plugins_of
from rnnbench.rebuild import rebuild
from rnnbench.store.row import WEIGHTS_LIMIT, Curve
from rnnbench.store.store import Store
from rnnbench.trial import Trial


@dataclass(frozen=True)
class Stored:
    """A trial with its row and its weights."""

    trial: Trial
    row: dict[str, Any]
    """Columns as in the store."""
    initial: Tensor
    """float64 ``1 parameter``, before training."""
    final: Tensor
    curves: Mapping[str, Curve]
    """``train_loss``, if it was kept."""

    def models(self, when: str) -> Models:
        """With its ``initial`` or ``final`` weights."""
        return Models([self.trial], self.initial if when == "initial" else self.final)


def stored_trial(store: Store, trial: str) -> Stored:
    """The trial with the id ``trial``. Raises RnnbenchError when it is not there, not whole, or of another version."""
    row = store.row(trial)
    row["value"] = math.nan if row["value"] is None else row["value"]
    rebuilt = _rebuilt(row["spec"], plugins_of(store.command(trial) or ""))
    if rebuilt.id != trial:
        raise StoreError(
            f"trial {trial} was made by another version of rnnbench, of its task or of its cell: train it again, "
            f"`rnnbench show {trial}` prints the command."
        )
    if not isinstance(row["final_weights"], bytes):
        raise StoreError(_without_weights(trial, row))
    weights = [_weights(row[f"{when}_weights"], rebuilt.precision) for when in ("initial", "final")]
    curve = store.curve(trial, "train_loss")
    return Stored(rebuilt, row, weights[0], weights[1], {"train_loss": curve} if curve is not None else {})


def _rebuilt(spec: str, plugins: list[str]) -> Trial:
    try:
        return rebuild(spec)
    except UnknownName as error:
        if not plugins:
            raise
        unknown = str(error).partition(". ")[0].rstrip(".")
        raise RnnbenchError(f"{unknown} here; the trial's run had {shlex.join(plugins)}: add it.") from None


def _weights(blob: bytes, precision: str) -> Tensor:
    dtype = "<f8" if precision == "64" else "<f4"
    return torch.from_numpy(np.frombuffer(blob, dtype=dtype).astype(np.float64)).unsqueeze(0)


def _without_weights(trial: str, row: dict[str, Any]) -> str:
    if row["status"] in ("error", "skipped"):
        return f"trial {trial} was not trained ({row['status']}: {row['reason']}), so there is nothing to diagnose."
    return (
        f"trial {trial} has {int(row['parameters']):,} parameters, and the store keeps the weights of models of up to "
        f"{WEIGHTS_LIMIT // 4:,}: train it again with --weights --again; `rnnbench show {trial}` prints the command."
    )
