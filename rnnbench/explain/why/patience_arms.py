"""The models that are trained for longer, and what a step does to a state near nought."""

from functools import cached_property

import numpy as np
import torch

from rnnbench.explain.gradients import Floats
from rnnbench.explain.state_map import StateMap
from rnnbench.explain.why.arms import Arm, Trained

EPOCHS, SEQUENCES = 100, 256
OPENS, OUTPUTS = 0, 3
"""Places of the input and the output gate among the LSTM's i, f, z, o."""
HOLDS = 0.99
"""A slope from here on keeps a state for as long as the sequence lasts, or for good."""
CELLS = {
    "srnn": ("vanilla RNN", "srnn:keras2"), "lstm": ("LSTM of 2018", "lstm:keras2"),
    "lstm sigmoid": ("LSTM, sigmoid", "lstm:keras3"), "gru": ("GRU of 2018", "gru:keras2"),
    "gru sigmoid": ("GRU, sigmoid", "gru:keras3"), "mgu": ("MGU", "mgu"),
    "bare": ("LSTM without i and o", "lstm[like=keras2,input_gate=false,output_gate=false]"),
}  # fmt: skip


def _long(key: str, learning_rate: float = 1e-2) -> Arm:
    label, cell = CELLS[key]
    return Arm(label, cell, learning_rate=learning_rate, epochs=EPOCHS, interval=5_000)


def _short(key: str) -> Arm:
    label, cell = CELLS[key]
    return Arm(label, cell, learning_rate=1e-2)


OTHER_RATES = {"slow": 1e-3, "faster": 3e-2}
LSTMS = [
    f"{key} long{rate}" for key in ("lstm", "lstm sigmoid") for rate in ("", *(f" {name}" for name in OTHER_RATES))
]
WITHOUT = {gate: f"lstm without {gate} gate long" for gate in ("input", "output")}
PATIENCE = (
    {f"{key} short": _short(key) for key in CELLS}
    | {f"{key} long": _long(key) for key in CELLS}
    | {f"{key} long {name}": _long(key, rate) for key in CELLS for name, rate in OTHER_RATES.items()}
    | {
        key: Arm(key, f"lstm[like=keras2,{gate}_gate=false]", learning_rate=1e-2, epochs=EPOCHS, interval=5_000)
        for gate, key in WITHOUT.items()
    }
)
"""``short`` and ``long`` at 1e-2, ``long`` at rates on either side of it. What other sections train is trained once."""


class Rest:
    """What a step does to a state near nought, of every seed of an arm."""

    def __init__(self, trained: Trained) -> None:
        self.trained = trained

    @cached_property
    def before(self) -> Floats:
        """The slope before training, ``member``."""
        return self._slopes("initial")

    @cached_property
    def after(self) -> Floats:
        """The slope after training, ``member``."""
        return self._slopes("final")

    def spread(self, when: str) -> float:
        """The standard deviation of what the cell says at the end over sequences; the median of the seeds."""
        models = self.trained.models(when)
        with torch.no_grad():
            said = models.unroll(models.batch(SEQUENCES)).states[-1][0]
        return float(said.std(dim=1).median())

    def _slopes(self, when: str) -> Floats:
        """Real parts of the eigenvalue of ds'/ds that is largest in modulus, at nought and with no input."""
        models = self.trained.models(when)
        maps = (StateMap(models, member) for member in range(len(self.trained.trials)))
        values = [np.linalg.eigvals(of.jacobians(np.zeros((1, of.size)))[0]) for of in maps]
        return np.array([of_one[np.abs(of_one).argmax()].real for of_one in values])
