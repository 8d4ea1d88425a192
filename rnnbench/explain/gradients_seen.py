"""The gradients of a subject's models before, during and after training."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from rnnbench.explain.fade import Fade
from rnnbench.explain.gradients import gradients_before_answer
from rnnbench.explain.subject import Subject
from rnnbench.words import some

SHARES = (0.0, 0.1, 0.5, 1.0)
"""When the gradient is looked at, as shares of the updates."""


@dataclass(frozen=True)
class Seen:
    """One moment of training; models whose weights or gradients are not numbers are left out."""

    when: str
    answer: Fade
    """Of the last answer's loss."""
    parts: Sequence[Fade]
    """The same, for each part of the state alone."""
    every: Fade | None
    """Of the whole loss, where a sequence wants several answers."""
    answers: int
    """How many answers a sequence wants, at most."""
    solved: Sequence[bool | None]
    """Whether each model solves the task once trained; None if that is not known."""

    def group(self, *, solved: bool) -> Fade:
        """The models that solve the task once trained, or that do not."""
        return self.answer.of(np.array([own is solved for own in self.solved], dtype=bool))


def look(subject: Subject, sequences: int) -> tuple[list[Seen], list[str]]:
    """Each moment at which any model is left, in order; and which lack how many, in words."""
    names = {round(share * subject.updates): "" for share in SHARES}
    names = {update: _when(update, subject.updates) for update in names}
    kept = subject.weights_after(names)
    success = {row.trial: row.success for row in subject.rows()}
    solved = [success.get(trial.id) for trial in subject.trials]
    seen, left_out = [], []
    for update, when in names.items():
        own = _look(subject, kept[update], when, solved, sequences)
        lost = len(subject.trials) - (own.answer.members if own else 0)
        seen += [own] if own else []
        left_out += [f"{lost} of {some(len(subject.trials), 'model')} {when}"] if lost else []
    return seen, left_out


def _when(update: int, updates: int) -> str:
    if update in (0, updates):
        return "after training" if update else "before training"
    return f"after {some(update, 'update')}"


def _look(subject: Subject, flat: Tensor, when: str, solved: Sequence[bool | None], sequences: int) -> Seen | None:
    fine = np.flatnonzero(flat.isfinite().all(dim=1).numpy())
    if not len(fine):
        return None
    models = Subject(tuple(subject.trials[place] for place in fine), subject.kernel).models(flat[fine])
    norms = gradients_before_answer(models, sequences)
    every = gradients_before_answer(models, sequences, every=True).state if norms.answers > 1 else None
    counted = ~np.isnan(norms.state).any(axis=0)
    if every is not None:
        counted &= ~np.isnan(every).any(axis=0)
    if not counted.any():
        return None
    return Seen(
        when,
        Fade(norms.state[:, counted]),
        [Fade(part[:, counted]) for part in norms.parts],
        None if every is None else Fade(every[:, counted]),
        norms.answers,
        [solved[place] for place in fine[counted]],
    )
