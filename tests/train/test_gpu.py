"""The same trials on a CUDA device: another order of sums, the same result to rounding."""

import pytest
import torch

from rnnbench.train.fit import fit
from rnnbench.train.place import Place
from tests.train.conftest import make_trials

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]


@pytest.mark.parametrize("cell", ["srnn:keras2", "lstm:keras2", "gru:keras2"])
@pytest.mark.parametrize("hidden", [1, 8])
def test_cuda_agrees_with_the_cpu(cell: str, hidden: int) -> None:
    trials = make_trials(cells=[cell], hidden=[hidden], repeats=5)
    here = {row.trial: row for row in fit(trials, Place(accelerator="cpu"))}
    for row in fit(trials, Place(accelerator="cuda")):
        assert row.device is not None
        assert row.device.startswith("cuda (")
        assert row.train_loss == pytest.approx(here[row.trial].train_loss, abs=1e-4)
        assert row.initial_weights == here[row.trial].initial_weights
