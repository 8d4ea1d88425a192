"""What a row of the store says, for comparing rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rnnbench.store.row import TrialRow
from rnnbench.train.fit import fit
from rnnbench.train.place import Place
from rnnbench.trial import Trial

COMPANY = {"wall_seconds", "population", "finished"}
"""Columns that say how a trial was run, not what came of it."""


def results(rows: Sequence[TrialRow]) -> dict[str, dict[str, object]]:
    """What must not change, by trial; curves as bytes."""
    kept = {}
    for row in rows:
        values = {name: value for name, value in row.columns().items() if name not in COMPANY}
        values["curves"] = {name: curve.points.tobytes() for name, curve in row.curves.items()}
        kept[row.trial] = values
    return kept


def weights(row: TrialRow, precision: str) -> NDArray[Any]:
    assert row.final_weights is not None
    return np.frombuffer(row.final_weights, dtype=np.float64 if precision == "64" else np.float32)


def largest_difference(trials: list[Trial], precision: str) -> float:
    """Of any final weight, between fused updates and eager ones."""
    fused, eager = ({row.trial: row for row in fit(trials, Place(kernel=kernel))} for kernel in ("numba", "eager"))
    assert {row.kernel for row in fused.values()} == {"numba"}
    for trial, row in fused.items():
        assert row.test_value == pytest.approx(eager[trial].test_value, abs=0.03)
        assert row.train_loss == pytest.approx(eager[trial].train_loss, rel=1e-3)
        assert row.test_by_class == pytest.approx(eager[trial].test_by_class, abs=0.06)
    return max(float(np.abs(weights(row, precision) - weights(eager[t], precision)).max()) for t, row in fused.items())


def unpack(row: TrialRow, blob: bytes | None) -> dict[str, torch.Tensor]:
    assert blob is not None
    assert row.weights_layout is not None
    flat, start, named = np.frombuffer(blob, dtype=np.float64), 0, {}
    for name, shape in row.weights_layout:
        size = int(np.prod(shape))
        named[name] = torch.from_numpy(flat[start : start + size].reshape(shape).copy())
        start += size
    return named
