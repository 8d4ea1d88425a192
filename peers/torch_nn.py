"""``torch.nn.RNN``, ``LSTM`` and ``GRU``, one model at a time, in a plain training loop."""

import time
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from peers.setting import Prepared, Setting, draw_data, draw_order

LAYERS = {"srnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
ADAMS: dict[str, dict[str, Any]] = {"fused": {"fused": True}, "foreach": {"foreach": True}, "loop": {"foreach": False}}
"""The ways in which torch.optim.Adam runs; the fastest is taken."""
TRIAL_UPDATES = 40


class Classifier(nn.Module):
    """A recurrent layer and a linear read-out of its last output: ``batch time 1`` to ``batch class``."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.recurrent = LAYERS[setting.cell](1, setting.hidden, batch_first=True)
        self.readout = nn.Linear(setting.hidden, 2)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits."""
        outputs, _ = self.recurrent(inputs)
        logits: Tensor = self.readout(outputs[:, -1])
        return logits


def data(setting: Setting) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs ``sequence time 1``, classes ``sequence``, and rows ``update batch`` of one model."""
    inputs, classes = draw_data(setting.length)
    rows = torch.from_numpy(draw_order(setting)[:, 0]).long()
    return torch.from_numpy(inputs).unsqueeze(2), torch.from_numpy(classes).long(), rows


def prepare(setting: Setting) -> Prepared:
    """The same work for any member, so one is trained; with the Adam that is fastest here."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # what vanishes over many steps is slow to compute with
    inputs, classes, rows = data(setting)
    model = Classifier(setting)

    def train(adam: torch.optim.Adam, updates: int) -> None:
        for batch in rows[:updates]:
            adam.zero_grad(set_to_none=True)
            F.cross_entropy(model(inputs[batch]), classes[batch]).backward()  # type: ignore[no-untyped-call]
            adam.step()

    seconds: dict[str, float] = {}
    for name, options in ADAMS.items():
        adam = torch.optim.Adam(model.parameters(), lr=setting.learning_rate, **options)
        train(adam, 5)
        started = time.perf_counter()
        train(adam, TRIAL_UPDATES)
        seconds[name] = time.perf_counter() - started
    best = min(seconds, key=lambda name: seconds[name])
    adam = torch.optim.Adam(model.parameters(), lr=setting.learning_rate, **ADAMS[best])
    updates = min(100, setting.stretch)
    return Prepared(lambda: train(adam, updates), updates, 1, f"Adam: {best}")
