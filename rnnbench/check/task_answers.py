"""Answers: right by the oracle, and decided by what came before them."""

import numpy as np

from rnnbench.check.bounds import EXACT, by_sequence, mean_tolerance, share_tolerance
from rnnbench.check.finding import Failure, Finding, Note
from rnnbench.check.task_subject import TaskSubject
from rnnbench.errors import STRANGE
from rnnbench.task import Array, Batch, Classes, Purpose

COUNT = 1000
CUTS = 6
"""Steps after which the rest is exchanged."""
CLOSE = 1e-5
"""Error of an oracle for values, in variances of the answer: its arithmetic is float32."""


def oracle(subject: TaskSubject) -> Finding:
    """The oracle is right as often as ``oracle_accuracy`` says."""
    found = subject.at_each_length(lambda length: _oracle_at(subject, length, None))
    return found or _oracle_at(subject, subject.length, "test")


def _oracle_at(subject: TaskSubject, length: int, purpose: Purpose | None) -> Finding:
    batch = subject.batch(length, min(COUNT, subject.many(length)), purpose)
    inputs = batch.inputs.copy()
    answers = subject.task.solve(inputs)
    if answers is None:
        return Note("there is no oracle: its answers are not checked")
    if not np.array_equal(inputs, batch.inputs):
        return Failure("impure oracle", "`solve` changes its argument.", {"seed": 0, "length": length})
    if complaint := _shape(batch, np.asarray(answers)):
        return Failure("wrong oracle", complaint, {"seed": 0, "length": length})
    given = at_scored(batch, np.asarray(answers))
    compare = _classes if isinstance(subject.task.answer, Classes) else _values
    return compare(subject, batch, given, length)


def _shape(batch: Batch, answers: Array) -> str:
    expected = [batch.targets.shape[:1], batch.targets.shape]
    if answers.shape not in expected and not (batch.targets.ndim == 3 and answers.shape == batch.targets[:, 0].shape):
        return f"`solve` must return answers of shape {expected[0]} or {expected[1]}, got {answers.shape}."
    if answers.shape != batch.targets.shape and (batch.scored.sum(axis=1) > 1).any():
        return "`solve` returns one answer a sequence where several positions are scored."
    return ""


def at_scored(batch: Batch, answers: Array) -> Array:
    """Answers as ``batch time [value]``; one answer a sequence belongs to its last scored position."""
    if answers.ndim == batch.targets.ndim and answers.shape[1] == batch.scored.shape[1]:
        return answers
    spread = np.zeros(batch.targets.shape, dtype=answers.dtype if answers.dtype.kind == "f" else np.int64)
    last = batch.scored.shape[1] - 1 - batch.scored[:, ::-1].argmax(axis=1)
    spread[np.arange(len(batch)), last] = answers
    return spread


def _classes(subject: TaskSubject, batch: Batch, given: Array, length: int) -> Finding:
    declared = subject.task.oracle_accuracy
    right = by_sequence(given == batch.targets, batch.scored)
    asked = batch.scored.sum(axis=1).astype(np.float64)
    share = float(right.sum() / asked.sum())
    if abs(share - declared) <= share_tolerance(right, asked, declared):
        return None
    wrong = batch.scored & (given != batch.targets)
    row, step = (int(place) for place in np.argwhere(wrong if wrong.any() else batch.scored)[0])
    return Failure(
        "wrong oracle",
        f"`solve` is right {share:.4g} of the time, `oracle_accuracy` says {declared:.4g}.",
        subject.example(batch, row, length, step=step, target=batch.targets[row, step], answer=int(given[row, step])),
    )


def _values(subject: TaskSubject, batch: Batch, given: Array, length: int) -> Finding:
    declared = 0.0 if subject.task.oracle_accuracy == 1.0 else subject.task.oracle_accuracy
    asked = batch.scored.sum(axis=1).astype(np.float64)
    each = np.square(given.astype(np.float64) - batch.targets).mean(axis=-1)
    error = float(by_sequence(each, batch.scored).sum() / asked.sum())
    variance = float(batch.targets[batch.scored].var()) + EXACT
    room = mean_tolerance(by_sequence(each, batch.scored), asked, declared) if declared else CLOSE * variance
    if abs(error - declared) <= room:
        return None
    row, step = (int(place) for place in np.unravel_index(np.where(batch.scored, each, -1).argmax(), each.shape))
    return Failure(
        "wrong oracle",
        f"the mean squared error of `solve` is {error:.4g}, it must be {declared:.4g}.",
        subject.example(batch, row, length, step=step, target=batch.targets[row, step], answer=given[row, step]),
    )


def causality(subject: TaskSubject) -> Finding:
    """An answer does not change when only inputs after it change."""
    return subject.at_each_length(lambda length: _causal_at(subject, length))


def _causal_at(subject: TaskSubject, length: int) -> Finding:
    batch, unread = subject.batch(length, 64), 0
    answers = subject.task.solve(batch.inputs.copy())
    if answers is None:
        return Note("there is no oracle: whether answers depend on later inputs is not known")
    given = at_scored(batch, np.asarray(answers))
    for cut in _cuts(batch):
        changed = batch.inputs.copy()
        changed[:, cut + 1 :] = np.roll(batch.inputs, 1, axis=0)[:, cut + 1 :]
        try:
            now = at_scored(batch, np.asarray(subject.task.solve(changed.copy())))
        except STRANGE:  # an oracle may refuse what the task never draws
            unread += 1
            continue
        if found := _leak(subject, batch, (given, changed, now), cut, length):
            return found
    return Note(f"the oracle refuses {unread} sets of sequences with exchanged ends") if unread else None


def _cuts(batch: Batch) -> list[int]:
    """Steps at which something was scored and after which something comes."""
    earlier = batch.scored & (np.arange(batch.scored.shape[1]) + 1 < batch.lengths[:, None])
    steps = np.flatnonzero(earlier.any(axis=0))
    return (
        sorted({int(steps[place]) for place in np.linspace(0, len(steps) - 1, CUTS).astype(int)}) if len(steps) else []
    )


def _leak(
    subject: TaskSubject, batch: Batch, answers: tuple[Array, Array, Array], cut: int, length: int
) -> Failure | None:
    before, changed, after = answers
    differs = ~np.isclose(before, after, atol=1e-4) if before.dtype.kind == "f" else before != after
    differs = differs.any(axis=-1) if differs.ndim == 3 else differs
    steps = np.arange(batch.scored.shape[1])
    leaked = differs & batch.scored & (steps <= cut) & (batch.lengths[:, None] > cut + 1)
    if not leaked.any():
        return None
    row, step = (int(place) for place in np.argwhere(leaked)[0])
    return Failure(
        "future leakage",
        f"the answer at step {step} changes with inputs after step {cut}: nobody who reads forward can know it.",
        subject.example(
            batch, row, length, step=step, changed=changed[row], answer=before[row, step], then=after[row, step]
        ),
    )
