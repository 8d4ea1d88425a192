"""What a stream of data depends on: its identity."""

from dataclasses import dataclass

import numpy as np

from rnnbench.streams import stream
from rnnbench.trial import Trial


@dataclass(frozen=True)
class DataKey:
    """What a data stream depends on; never the cell, never the population."""

    task: str
    task_version: str
    length: int
    data_seed: int
    own_seed: int | None
    """The trial's seed where every seed has a data set of its own, else None."""

    @classmethod
    def of(cls, trial: Trial) -> "DataKey":
        """The key of the data that ``trial`` meets."""
        own = trial.seed if trial.protocol.dataset == "per_seed" else None
        return cls(trial.task.text, trial.task.version, trial.length, trial.protocol.data_seed, own)

    def rng(self, purpose: str, *more: object) -> np.random.Generator:
        """The stream for ``purpose``."""
        return stream(purpose, self.task, self.task_version, self.length, self.data_seed, self.own_seed, *more)
