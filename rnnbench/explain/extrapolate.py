"""Trained at one length, tested at others: does what was learnt reach further than it was learnt for?"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from rnnbench.errors import RnnbenchError
from rnnbench.execute.events import Event
from rnnbench.execute.local import run_trials
from rnnbench.execute.options import Options
from rnnbench.explain.subject import Subject
from rnnbench.stats.proportion import Proportion, share_solved
from rnnbench.stats.summary import RESULTS
from rnnbench.store.store import Store
from rnnbench.train.retest import retest
from rnnbench.words import some

Watch = Callable[[Event], None]


@dataclass(frozen=True)
class Reach:
    """The models of one cell, which were trained at :attr:`trained`."""

    subject: Subject
    trained: int
    values: dict[int, NDArray[np.float64]]
    """By length the metric on test sequences, ``member``; NaN of one that diverged."""

    def solved(self, length: int) -> NDArray[np.bool_]:
        """Whether each model meets the task's rule there, ``member``."""
        met = self.subject.trial.make_task().success.met
        return np.array([met(value) for value in self.values[length]])

    def share(self, length: int) -> Proportion:
        """Of all models."""
        return share_solved(self.solved(length).astype(int))


def extrapolate(subjects: Sequence[Subject], lengths: Sequence[int], watch: Watch = lambda _: None) -> list[Reach]:
    """Train every subject, and test it at ``lengths``, which its own is among. Raises RnnbenchError."""
    others = [{length: subject.at(length) for length in lengths} for subject in subjects]  # what is refused is so now
    wanted = [trial for subject in subjects for trial in subject.trials]
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "store.sqlite", create=True) as store:
        plugins = tuple({path for subject in subjects for path in subject.plugins})
        options = Options(accelerator="cpu", kernel=subjects[0].kernel, plugins=plugins, large_weights=True)
        run_trials(wanted, store, options.settled(), watch)
        table = store.trials(weights=True).set_index("trial")
    if len(failed := table[~table["status"].isin(RESULTS)]):
        raise RnnbenchError(f"{some(len(failed), 'trial')} ended without a result: {failed['reason'].iloc[0]}")
    return [_tested(subject, at, table) for subject, at in zip(subjects, others, strict=True)]


def _tested(subject: Subject, others: dict[int, Subject], table: pd.DataFrame) -> Reach:
    kind = np.dtype("<f8" if subject.trial.precision == "64" else "<f4")
    own = table.loc[[trial.id for trial in subject.trials]]
    flat = torch.from_numpy(np.stack([np.frombuffer(blob, dtype=kind) for blob in own["final_weights"]]))
    diverged = (own["status"] == "diverged").to_numpy()
    values = {length: retest(other.trials, flat, subject.kernel) for length, other in others.items()}
    for tested in values.values():
        tested[diverged] = np.nan
    return Reach(subject, subject.trial.length, values)
