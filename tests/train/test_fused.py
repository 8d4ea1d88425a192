"""Promise 5 of the kernels: a fused update is an unfused one, for every kind of task, optimiser and data."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnbench.store.row import TrialRow
from rnnbench.train.fit import fit
from rnnbench.trial import Trial
from tests.train.conftest import make_trials

PROTOCOLS: list[dict[str, Any]] = [
    {},
    {"data": "fresh", "dataset": "per_seed", "optimiser": "adam:keras"},
    {"clip": "norm", "clip_threshold": [0.05, 1.0], "optimiser": "rmsprop"},
    {"clip": "value", "clip_threshold": 0.02, "optimiser": "momentum:nesterov=true", "schedule": "cosine", "warmup": 2},
    {"optimiser": "adamw:weight_decay=0.1", "batch": 5, "sequences": 103, "validation": 20},
    {"optimiser": "sgd", "batch": 33},
]


def weights(row: TrialRow, precision: str) -> NDArray[Any]:
    assert row.final_weights is not None
    return np.frombuffer(row.final_weights, dtype=np.float64 if precision == "64" else np.float32)


def largest_difference(trials: list[Trial], precision: str) -> float:
    """Of any final weight, between fused updates and eager ones."""
    fused, eager = ({row.trial: row for row in fit(trials, kernel=kernel)} for kernel in ("numba", "eager"))
    assert {row.kernel for row in fused.values()} == {"numba"}
    for trial, row in fused.items():
        assert row.test_value == pytest.approx(eager[trial].test_value, abs=0.03)
        assert row.train_loss == pytest.approx(eager[trial].train_loss, rel=1e-3)
        assert row.test_by_class == pytest.approx(eager[trial].test_by_class, abs=0.06)
    return max(float(np.abs(weights(row, precision) - weights(eager[t], precision)).max()) for t, row in fused.items())


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda item: str(item.get("optimiser", "plain")))
def test_every_protocol(protocol: dict[str, Any]) -> None:
    trials = make_trials(cells=["lstm:keras2"], hidden=[2], precision="64", protocol=protocol)
    assert largest_difference(trials, "64") < 1e-10
