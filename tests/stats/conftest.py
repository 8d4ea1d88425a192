"""A small table of trials, written by hand."""

import json
from typing import Any

import pandas as pd
import pytest


def trial(cell: str, length: int, seed: int, **values: Any) -> dict[str, Any]:
    """One row as the store gives it; ``protocol`` goes into the specification."""
    protocol = {"learning_rate": 0.1, "optimiser": "adam[beta1=0.9]"} | values.pop("protocol", {})
    row = {
        "trial": f"{cell}{length}{seed}{json.dumps(protocol)}",
        "spec": json.dumps({"protocol": protocol}),
        "task": "latching",
        "cell": cell,
        "hidden": 1,
        "length": length,
        "seed": seed,
        "status": "ok",
        "metric": "accuracy",
        "value": 1.0,
        "success": 1,
        "updates_to_success": 100,
        "validation_by_class": [1.0, None],
        "test_by_class": [1.0, 1.0],
        "wall_seconds": 2.0,
        "parameters": 7,
        "state_size": 1,
        "operations": 7,
        "kernel": "eager",
        "device": "cpu",
        "precision": "32",
    }
    return row | values


UNTRAINED = {
    "metric": None,
    "value": None,
    "success": None,
    "updates_to_success": None,
    "validation_by_class": None,
    "test_by_class": None,
    "wall_seconds": None,
}
DIVERGED = UNTRAINED | {"status": "diverged", "success": 0, "metric": "accuracy", "wall_seconds": 2.0}


@pytest.fixture
def trials() -> pd.DataFrame:
    """Two cells; srnn at length 5 has one trial of each status."""
    return pd.DataFrame(
        [
            trial("srnn", 5, 0),
            trial("srnn", 5, 1, value=0.6, success=0, updates_to_success=None, test_by_class=[0.2, 0.8]),
            trial("srnn", 5, 2, **DIVERGED),
            trial("srnn", 5, 3, **UNTRAINED | {"status": "error"}),
            trial("srnn", 5, 4, **UNTRAINED | {"status": "skipped"}),
            trial("srnn", 20, 0, updates_to_success=300),
            trial("srnn", 20, 1, updates_to_success=200),
            trial("lstm", 5, 0, value=0.5, success=0, updates_to_success=None),
            trial("lstm", 20, 0, **UNTRAINED | {"status": "error"}),
        ]
    )
