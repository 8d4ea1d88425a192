"""Levels: what guessing and looking without memory score, as declared and as measured."""

import re
from dataclasses import dataclass

import numpy as np

from rnnbench.check.bounds import by_sequence, mean_tolerance, share_tolerance
from rnnbench.check.finding import Failure, Finding, Note
from rnnbench.check.task_subject import TaskSubject
from rnnbench.parameters import parameters_of
from rnnbench.streams import stream
from rnnbench.task import Array, Batch, Classes

DISTINCT = 64
"""Real-valued inputs of more distinct steps than this are not put into a table."""


@dataclass(frozen=True)
class Table:
    """The best answer for each key, learned on half of the sequences."""

    learned: float
    """The metric on the half it was learned from: no table can do better there."""
    new: float
    """The metric on the other half: at best what is achievable."""
    right: Array
    asked: Array


def guess(batch: Batch, keys: Array, classes: int) -> Table:
    """The best answer for each of ``keys`` (``batch time``), to classes (a count) or, for 0, to values."""
    _, codes = np.unique(keys, return_inverse=True)
    codes = codes.reshape(keys.shape)
    first = np.arange(len(batch)) % 2 == 0  # every other one: a sample may be sorted
    fit = batch.scored & first[:, None]
    size = int(codes.max()) + 1
    if classes:
        counts = np.zeros((size, classes))
        np.add.at(counts, (codes[fit], batch.targets[fit]), 1.0)
        each = (counts.argmax(axis=1)[codes] == batch.targets).astype(np.float64)
    else:
        sums, seen = np.zeros((size, batch.targets.shape[2])), np.zeros((size, 1))
        np.add.at(sums, codes[fit], batch.targets[fit])
        np.add.at(seen, codes[fit], 1.0)
        means = np.where(seen > 0, sums / np.maximum(seen, 1), batch.targets[fit].mean(axis=0))
        each = np.square(means[codes] - batch.targets).mean(axis=-1)
    sums_of_rows, asked = by_sequence(each, batch.scored), batch.scored.sum(axis=1).astype(np.float64)
    learned, new = (float(sums_of_rows[part].sum() / asked[part].sum()) for part in (first, ~first))
    return Table(learned, new, sums_of_rows[~first], asked[~first])


def disagreement(table: Table, declared: float, classes: int) -> str:
    """Whether ``declared`` can be the best that such a table does: what is wrong with it, or nothing."""
    tolerance = (share_tolerance if classes else mean_tolerance)(table.right, table.asked, declared)
    sign = 1 if classes else -1
    if sign * (table.new - declared) > tolerance:
        return "better"
    return "worse" if sign * (declared - table.learned) > tolerance else ""


def chance(subject: TaskSubject) -> Finding:
    """The best constant guess scores ``chance``, or no better than ``memoryless`` where it depends on the length."""
    batch = subject.statistic()
    classes = subject.task.answer.count if isinstance(subject.task.answer, Classes) else 0
    table, declared = guess(batch, np.zeros(batch.scored.shape, dtype=np.int64), classes), subject.task.chance
    problem, known = disagreement(table, declared, classes), subject.task.memoryless(subject.length)
    if not problem or (problem == "better" and known is not None and disagreement(table, known, classes) != "better"):
        return None
    return Failure(
        "wrong chance",
        f"the best constant guess scores {table.new:.4g}, `chance` says {declared:.4g}; what depends on the length is "
        "told by `memoryless`.",
        {"seed": 0, "length": subject.length, "sequences": len(batch), "measured": table.new, "declared": declared},
    )


def guessing(subject: TaskSubject) -> Finding:
    """The text ``guessing`` says the same as ``chance`` at the defaults."""
    text, declared = subject.cls.guessing, subject.task.chance
    found = re.fullmatch(r"(?:mse |about )?(\d+)(\.\d+)?(?:/(\d+))?", text)
    if not found:
        return Failure("wrong guessing", f'`guessing` is a fraction or "mse 0.167", got {text!r}.')
    whole, decimals, below = found.groups(default="")
    value = float(whole + decimals) / float(below or 1)
    room = 1e-9 if below or not decimals else 0.51 * 10.0 ** (1 - len(decimals))
    if abs(value - declared) <= room:
        return None
    return Failure("wrong guessing", "`guessing` and `chance` disagree.", {"guessing": text, "chance": declared})


def balance(subject: TaskSubject) -> Finding:
    """Each class is the answer as often as ``class_balance`` says, at the defaults of ``small``."""
    small = subject.cls.small
    values = {key: field.default for key, field in parameters_of(subject.cls).items()} | dict(small.parameters)
    task = subject.cls(**values)
    declared = task.class_balance
    if declared is None or not isinstance(task.answer, Classes):
        return None
    if len(declared) != task.answer.count or abs(sum(declared) - 1) > 1e-6:
        message = f"`class_balance` must be {task.answer.count} shares that add up to 1, got {declared}."
        return Failure("wrong balance", message)
    batch = task.draw(stream("check", 0), subject.many(small.length), small.length, "test")
    asked = batch.scored.sum(axis=1).astype(np.float64)
    for answer, share in enumerate(declared):
        times = by_sequence(batch.targets == answer, batch.scored)
        measured = float(times.sum() / asked.sum())
        if abs(measured - share) > share_tolerance(times, asked, share):
            example = {"seed": 0, "length": small.length, "class": answer, "measured": measured, "declared": share}
            return Failure(
                "wrong balance", f"class {answer} is not the answer as often as `class_balance` says.", example
            )
    return None


def memoryless(subject: TaskSubject) -> Finding:
    """A table on the present input and the time does no better, and no worse, than ``memoryless`` says."""
    declared = subject.task.memoryless(subject.length)
    if declared is None:
        return None
    batch = subject.statistic()
    present = _present(batch)
    if present is None:
        return Note("inputs are real numbers: no table of them is made")
    steps = np.arange(batch.scored.shape[1])
    classes = subject.task.answer.count if isinstance(subject.task.answer, Classes) else 0
    table = guess(batch, present * (len(steps) + 1) + steps, classes)
    problem = disagreement(table, declared, classes)
    if not problem:
        return None
    measured = table.new if problem == "better" else table.learned
    return Failure(
        "wrong memoryless level",
        f"a table on the present input and the time does {problem} than `memoryless` says.",
        {"seed": 0, "length": subject.length, "sequences": len(batch), "measured": measured, "declared": declared},
    )


def _present(batch: Batch) -> Array | None:
    """A number for what each step shows, ``batch time``; None where steps are real numbers."""
    if batch.inputs.ndim == 2:
        return batch.inputs
    shown = batch.inputs.reshape(-1, batch.inputs.shape[2])
    if len(np.unique(shown[: 50 * DISTINCT], axis=0)) > DISTINCT:
        return None
    _, codes = np.unique(shown, axis=0, return_inverse=True)
    return np.asarray(codes.reshape(batch.inputs.shape[:2]), dtype=np.int64)
