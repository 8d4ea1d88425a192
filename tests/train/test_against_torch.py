"""A population's members equal plain PyTorch: torch.nn cells, torch.optim.Adam, the same data in the same order."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from rnnbench.store.row import TrialRow
from rnnbench.task import Batch
from rnnbench.train.fit import fit
from rnnbench.trial import Trial
from tests.train.conftest import make_trials
from tests.train.rows import unpack

UPDATES = 100
HIDDEN = 3
TWINS: dict[str, Any] = {"srnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}


class Plain(nn.Module):
    """A torch.nn cell and a Linear read-out, one model."""

    def __init__(self, cell: str, weights: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.kind = cell
        self.cell = TWINS[cell](1, HIDDEN, dtype=torch.float64)
        self.readout = nn.Linear(HIDDEN, 2, dtype=torch.float64)
        with torch.no_grad():
            self.cell.weight_ih.copy_(weights["cell.kernel"].T)
            self.cell.weight_hh.copy_(weights["cell.recurrent"].T)
            self.cell.bias_ih.copy_(weights["cell.bias.0"])
            self.cell.bias_hh.copy_(weights["cell.bias.1"])
            self.readout.weight.copy_(weights["readout"].T)
            self.readout.bias.copy_(weights["readout_bias"])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = torch.zeros(len(x), HIDDEN, dtype=torch.float64)
        state = (h, torch.zeros_like(h)) if self.kind == "lstm" else h
        for step in x.unbind(1):
            state = self.cell(step, state)
        answer: torch.Tensor = self.readout(state[0] if self.kind == "lstm" else state)
        return answer

    def as_rnnbench(self) -> dict[str, torch.Tensor]:
        return {
            "cell.kernel": self.cell.weight_ih.T,
            "cell.recurrent": self.cell.weight_hh.T,
            "cell.bias.0": self.cell.bias_ih,
            "cell.bias.1": self.cell.bias_hh,
            "readout": self.readout.weight.T,
            "readout_bias": self.readout.bias,
        }


def by_hand(trial: Trial, row: TrialRow) -> dict[str, torch.Tensor]:
    """The same training written as a loop that knows nothing of populations, tiles or feeds."""
    protocol, task = trial.protocol, trial.make_task()
    key = (trial.task.text, trial.task.version, trial.length, protocol.data_seed, None)
    data: Batch = task.sample(_stream("data", *key), protocol.sequences, trial.length)
    split = _stream("split", *key).permutation(protocol.sequences)
    train = data.take(np.sort(split[: protocol.training_sequences]))
    x, y = torch.from_numpy(train.inputs).double(), torch.from_numpy(train.targets[:, -1])
    model = Plain(trial.cell.name, unpack(row, row.initial_weights))
    adam = torch.optim.Adam(model.parameters(), lr=protocol.learning_rate)
    done = 0
    for epoch in range(100):
        order = torch.from_numpy(_stream("order", *key, trial.seed, epoch).permutation(len(x)))
        for rows in torch.split(order, protocol.batch):
            if done == UPDATES:
                return model.as_rnnbench()
            adam.zero_grad()
            F.cross_entropy(model(x[rows]), y[rows]).backward()  # type: ignore[no-untyped-call]
            adam.step()
            done += 1
    raise AssertionError("unreachable")


def _stream(purpose: str, *key: object) -> np.random.Generator:
    from rnnbench.streams import stream

    return stream(purpose, *key)


@pytest.mark.parametrize("cell", TWINS)
@pytest.mark.parametrize("members", [1, 5])
def test_each_member_equals_plain_torch(cell: str, members: int) -> None:
    protocol = {"updates": UPDATES, "interval": 50, "sequences": 150, "validation": 40}  # 110 rows: a partial batch
    trials = make_trials(
        cells=[cell], hidden=[HIDDEN], lengths=[12], repeats=members, precision="64", protocol=protocol
    )
    rows = {row.trial: row for row in fit(trials)}
    for trial in trials:
        row = rows[trial.id]
        expected, got = by_hand(trial, row), unpack(row, row.final_weights)
        for name, value in expected.items():
            torch.testing.assert_close(got[name], value.detach(), rtol=0, atol=1e-8, msg=name)
