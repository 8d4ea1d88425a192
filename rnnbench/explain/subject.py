"""What an instrument looks at: models of one cell on one task, which differ in their seed alone.

From the caller's side, and from an instrument's::

    subject = Subject.of(study)                        # one task, one cell, one size, one length, one protocol
    weights = subject.weights_after([0, 250, 2500])    # trained on the way, kept there
    models = subject.models(weights[2500])             # unrolled step by step, in float64
    block = gradients_block(subject)                   # what `rnnbench explain gradients` puts on its page
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from torch import Tensor

from rnnbench.errors import RnnbenchError
from rnnbench.execute.probe import require_sound_plugins
from rnnbench.explain.models import Models
from rnnbench.explain.snapshots import snapshots
from rnnbench.posed import pose
from rnnbench.registry import CELLS, TASKS
from rnnbench.store.row import TrialRow
from rnnbench.study import Study
from rnnbench.trial import Trial
from rnnbench.words import some


@dataclass(frozen=True)
class Subject:
    """Trials that differ in their seed alone; they are trained when weights are asked for."""

    trials: tuple[Trial, ...]
    kernel: str = "auto"
    _kept: dict[int, Tensor] = field(default_factory=dict, compare=False, repr=False)
    _rows: list[TrialRow] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def of(cls, study: Study, kernel: str = "auto") -> "Subject":
        """The trials of ``study``. Raises RnnbenchError when they differ in more than their seed, or are not sound."""
        trials = tuple(study.trials())
        points = list({(point := replace(trial, seed=0)).id: point for trial in trials}.values())
        if len(points) > 1:
            names = ("task", "cell", "hidden", "length", "protocol")
            several = [name for name in names if len({repr(getattr(point, name)) for point in points}) > 1]
            raise RnnbenchError(f"an explanation is of one model, repeated: give one {' and one '.join(several)}.")
        require_sound_plugins(trials)
        return cls(trials, kernel)

    @property
    def trial(self) -> Trial:
        """The first: what all have in common."""
        return self.trials[0]

    @property
    def label(self) -> str:
        """Cell, size and task as a person says it."""
        trial = self.trial
        return f"{trial.cell.label} ({some(trial.hidden, 'unit')}) on {trial.task.label}"

    @property
    def plugins(self) -> tuple[Path, ...]:
        """The plug-in files of a stranger's task and cell, which worker processes must read too."""
        entries = (TASKS.entry(self.trial.task.name), CELLS.entry(self.trial.cell.name))
        return tuple({entry.path for entry in entries if not entry.builtin and not entry.distribution})

    @property
    def updates(self) -> int:
        """Of a whole training."""
        return self.trial.protocol.total_updates

    def at(self, length: int) -> "Subject":
        """The same at another length. Raises RnnbenchError where the task cannot be posed."""
        pose(self.trial.make_task(), length)
        return Subject(tuple(replace(trial, length=length) for trial in self.trials), self.kernel)

    def weights_after(self, updates: Iterable[int]) -> dict[int, Tensor]:
        """``member parameter`` in the order of :attr:`trials`, by number of updates; 0 is before training."""
        wanted = sorted(set(updates))
        if not set(wanted) <= set(self._kept):
            kept, rows = snapshots(self.trials, {*wanted, *self._kept}, self.kernel)
            self._kept.update(kept)
            self._rows[:] = sorted(rows, key=lambda row: [trial.id for trial in self.trials].index(row.trial))
        return {update: self._kept[update] for update in wanted}

    def rows(self) -> list[TrialRow]:
        """How training ended, in the order of :attr:`trials`."""
        if not self._rows:
            self.weights_after([self.updates])
        return self._rows

    def models(self, flat: Tensor) -> Models:
        """The members with the weights ``flat``."""
        return Models(self.trials, flat)
