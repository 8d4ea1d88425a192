"""The models behind the answer, arm by arm, trained in one go.

Arms of one cell that differ in training alone (rate, split) start from the same weights; a cell with other settings
draws from a stream of its own.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from rnnbench.errors import RnnbenchError
from rnnbench.execute.events import Event
from rnnbench.execute.local import run_trials
from rnnbench.execute.options import Options
from rnnbench.explain.models import Models
from rnnbench.stats.proportion import Proportion, share_solved
from rnnbench.stats.summary import RESULTS
from rnnbench.store.store import Store
from rnnbench.study import Study
from rnnbench.trial import Trial
from rnnbench.words import some

LONG, MIDDLE = 200, 100
"""Lengths: of the repair, and of what separates the vanilla RNNs."""
CHRONO = round(log(LONG - 1), 6)
"""log(T - 1), the top of the chrono range, which a single unit needs (Tallec & Ollivier 2018)."""
PROTOCOL: dict[str, Any] = {
    "data": "fixed", "sequences": 10_000, "validation": 2_000, "dataset": "shared", "batch": 16,
    "optimiser": "adam:keras", "readout": "glorot", "reported": "test",
}  # fmt: skip
"""The question's of April 2018; five epochs are 2,500 updates."""
OPEN, SHUT = f"forget_bias={CHRONO}", f"input_bias=-{CHRONO}"


@dataclass(frozen=True)
class Arm:
    """One setting, trained with every seed."""

    label: str
    cell: str
    length: int = LONG
    learning_rate: float = 1e-3
    split: str = "random"
    task: str = "latching:2018"
    hidden: int = 1
    epochs: int = 5
    interval: int = 100
    times: int = 1
    """How many times as many seeds as others: where the rate itself is claimed, twenty say little of it."""

    def trials(self, seeds: int) -> list[Trial]:
        """One for each seed, ``times`` as many."""
        own = {name: getattr(self, name) for name in ("learning_rate", "split", "epochs", "interval")}
        study = Study(
            name="arm", tasks=[self.task], cells=[self.cell], hidden=[self.hidden], lengths=[self.length],
            repeats=self.times * seeds, protocol=PROTOCOL | own,
        )  # fmt: skip
        return study.trials()


ARMS = {
    "srnn": Arm("vanilla RNN, recurrent weight ±1", "srnn:keras2"),
    "lstm": Arm("LSTM of 2018", "lstm:keras2"),
    "gru": Arm("GRU of 2018", "gru:keras2"),
    "lstm sigmoid": Arm("LSTM, sigmoid gates", "lstm:keras3"),
    "gru sigmoid": Arm("GRU, sigmoid gates", "gru:keras3"),
    "lstm sigmoid fast": Arm("LSTM, sigmoid gates, learning rate 1e-2", "lstm:keras3", learning_rate=1e-2),
    "gru sigmoid fast": Arm("GRU, sigmoid gates, learning rate 1e-2", "gru:keras3", learning_rate=1e-2),
    "lstm fast": Arm("LSTM of 2018, learning rate 1e-2", "lstm:keras2", learning_rate=1e-2),
    "gru fast": Arm("GRU of 2018, learning rate 1e-2", "gru:keras2", learning_rate=1e-2),
    "lstm open": Arm(
        "LSTM, forget gate open, input gate as ever", f"lstm[like=keras2,gate=sigmoid,{OPEN}]", learning_rate=1e-2,
        times=10,
    ),
    "lstm repaired": Arm(
        "LSTM, forget gate open, input gate shut", f"lstm[like=keras2,gate=sigmoid,{OPEN},{SHUT}]",
        learning_rate=1e-2, times=10,
    ),
    "lstm repaired slow": Arm(
        "the same, learning rate 1e-3", f"lstm[like=keras2,gate=sigmoid,{OPEN},{SHUT}]", learning_rate=1e-3
    ),
    "gru repaired": Arm(
        "GRU, update gate keeps", f"gru[like=keras2,gate=sigmoid,update_bias={CHRONO}]", learning_rate=1e-2, times=10
    ),
    "gru repaired slow": Arm(
        "the same GRU, learning rate 1e-3", f"gru[like=keras2,gate=sigmoid,update_bias={CHRONO}]", learning_rate=1e-3
    ),
    "lstm hard": Arm(
        "LSTM, the same biases, hard sigmoid", f"lstm[like=keras2,{OPEN},{SHUT}]", learning_rate=1e-2
    ),
    "lstm hard widest": Arm(
        "LSTM, hard sigmoid, about its largest biases", "lstm[like=keras2,forget_bias=2.48,input_bias=-2.4]"
    ),
    "gru hard": Arm("GRU, the same bias, hard sigmoid", f"gru[like=keras2,update_bias={CHRONO}]", learning_rate=1e-2),
    "gru hard widest": Arm("GRU, hard sigmoid, about its largest bias", "gru[like=keras2,update_bias=2.475]"),
    "srnn middle": Arm("vanilla RNN, recurrent weight ±1, T=100", "srnn:keras2", MIDDLE, times=10),
    "lstm middle": Arm("LSTM of 2018, T=100", "lstm:keras2", MIDDLE),
    "gru middle": Arm("GRU of 2018, T=100", "gru:keras2", MIDDLE),
    "srnn half": Arm(
        "vanilla RNN, recurrent weight ±½, T=100", "srnn[like=keras2,recurrent_gain=0.5]", MIDDLE, times=10
    ),
    "srnn bug": Arm("vanilla RNN, split of 2018, T=100", "srnn:keras2", MIDDLE, split="last"),
    "lstm bug": Arm("LSTM, split of 2018, T=100", "lstm:keras2", MIDDLE, split="last"),
    "gru bug": Arm("GRU, split of 2018, T=100", "gru:keras2", MIDDLE, split="last"),
}  # fmt: skip
"""By the name that sections use."""


@dataclass(frozen=True)
class Trained:
    """An arm after its training, a row a seed."""

    arm: Arm
    trials: list[Trial]
    rows: pd.DataFrame
    """In the order of :attr:`trials`; columns as in the store."""

    @cached_property
    def solved(self) -> Proportion:
        """Seeds that solve the task, with Wilson's interval."""
        return share_solved(self.rows["success"])

    @property
    def successes(self) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """Whether each seed solved the task."""
        return np.asarray(pd.to_numeric(self.rows["success"]) == 1)

    def mean(self, column: str) -> float:
        """Of a column over seeds."""
        return float(pd.to_numeric(self.rows[column]).mean())

    def by_class(self, column: str) -> list[float]:
        """Mean accuracy of each class; NaN where no sequence of a class was asked."""
        lists = [[np.nan if item is None else float(item) for item in row] for row in self.rows[column]]
        return [float(value) for value in np.asarray(lists).mean(axis=0)]

    def models(self, when: str) -> Models:
        """With their ``initial`` or ``final`` weights."""
        return Models(self.trials, self.weights(when))

    def weights(self, when: str) -> Tensor:
        """``member parameter``, float64."""
        rows = [np.frombuffer(blob, dtype="<f4") for blob in self.rows[f"{when}_weights"]]
        return torch.from_numpy(np.stack(rows).astype(np.float64))

    def parameter(self, name: str, when: str) -> "np.ndarray[Any, np.dtype[np.float64]]":
        """The named tensor of the cell, ``member ...``."""
        own, _ = self.models(when).layout.cut(self.weights(when))
        return np.asarray(own[name].numpy())


Evidence = Mapping[str, Trained]


def gather(arms: Mapping[str, Arm], seeds: int, watch: Callable[[Event], None] = lambda _: None) -> Evidence:
    """Train every arm with ``seeds`` seeds, or some times as many, on all cores."""
    grid = {key: arm.trials(seeds) for key, arm in arms.items()}
    wanted = list({trial.id: trial for trials in grid.values() for trial in trials}.values())
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "store.sqlite", create=True) as store:
        run_trials(wanted, store, Options(accelerator="cpu").settled(), watch)
        table = store.trials(weights=True).set_index("trial")
    if len(failed := table[~table["status"].isin(RESULTS)]):
        ended = f"{some(len(failed), 'trial')} of the page ended without a result"
        raise RnnbenchError(f"{ended} ({failed['reason'].iloc[0]}): make it again where more memory is free.")
    return {key: Trained(arms[key], trials, _ordered(table, trials)) for key, trials in grid.items()}


def _ordered(table: pd.DataFrame, trials: Sequence[Trial]) -> pd.DataFrame:
    return table.loc[[trial.id for trial in trials]].reset_index()
