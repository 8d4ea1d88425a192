"""Weights that nobody trains stay as drawn, fused or not, whatever the optimiser does; and only the others count."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rnnbench.train.fit import fit
from rnnbench.train.optimise import TileOptimiser
from rnnbench.train.place import Place
from tests.train.conftest import make_trials
from tests.train.rows import weights

OPTIMISERS: list[dict[str, Any]] = [
    {"optimiser": "adamw:weight_decay=0.9", "learning_rate": 0.1},
    {"optimiser": "sgd", "learning_rate": 0.1, "clip": "norm", "clip_threshold": 0.01},
]


@pytest.mark.parametrize("protocol", OPTIMISERS, ids=lambda item: str(item["optimiser"]))
def test_a_reservoir_stays_while_its_readout_learns(protocol: dict[str, Any]) -> None:
    trials = make_trials(cells=["esn:leak=0.5"], hidden=[4], lengths=[5], precision="64", protocol=protocol)
    final: dict[str, list[NDArray[Any]]] = {}
    for kernel in ("numba", "eager"):
        for row in fit(trials, Place(kernel=kernel)):
            assert (row.kernel, row.status, row.parameters, row.state_size) == (kernel, "ok", 10, 4)
            assert row.initial_weights is not None
            initial, last = np.frombuffer(row.initial_weights), weights(row, "64")
            assert len(initial) == 4 + 16 + 4 + 10
            assert (last[:24] == initial[:24]).all()
            assert (last[24:] != initial[24:]).all()
            final.setdefault(row.trial, []).append(last)
    assert len({tuple(one) for one, _ in final.values()}) == len(trials), "a reservoir each"
    for fused, eager in final.values():
        np.testing.assert_allclose(fused, eager, rtol=0, atol=1e-12)


def test_decay_spares_what_is_fixed() -> None:
    protocol = {"optimiser": "adamw:weight_decay=0.5", "learning_rate": 0.1}
    flat = torch.nn.Parameter(torch.ones(1, 3))
    optimiser = TileOptimiser(flat, make_trials(lengths=[3], repeats=1, protocol=protocol), [0, 2])
    flat.grad = torch.zeros_like(flat)
    optimiser.advance(1, torch.ones(1))
    assert flat.detach().tolist() == [[1.0, pytest.approx(0.95), 1.0]]
