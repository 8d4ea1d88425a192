"""Sample sequences of a task, drawn with characters."""

import numpy as np

from rnnbench.check.task_subject import shortest_length
from rnnbench.errors import RnnbenchError, guarded
from rnnbench.posed import pose
from rnnbench.streams import stream
from rnnbench.task import Array, Batch, Classes, Task, Tokens
from rnnbench.train.sampling import sample
from rnnbench.words import some, wrapped

BARS = "▁▂▃▄▅▆▇█"
SEQUENCES = 4
LENGTH = 24
WIDEST = 150
"""Steps that are drawn; of a longer sequence the last ones."""
LONGEST = 1_000_000
"""Steps of a sequence that is made for it: more take long, or all memory."""


def sketch(task: Task, length: int | None, columns: int | None = None) -> str:
    """Kind of input and answer, chance, success rule, and a few seeded sequences. Raises RnnbenchError.

    Sequences are drawn in as many ``columns`` as a terminal has, so that marks stand below their steps.
    """
    if length is not None and length > LONGEST:
        raise RnnbenchError(f"--length must be at most {LONGEST:,}, got {length:,}: its last {WIDEST} steps are shown.")
    with guarded(f"task {task.name!r} raises"):
        if length is None:
            length = shortest_length(task, max(LENGTH, task.minimum_length))
    pose(task, length)
    with guarded(f"task {task.name!r} at length {length} raises"):
        batch = sample(task, stream("sketch", task.name), SEQUENCES, length, purpose=None)
        return _drawn(task, batch, length, columns)


def _drawn(task: Task, batch: Batch, length: int, columns: int | None) -> str:
    lines = ["", f"input: {_input(task)}; answer: {_answer(task)}", f"chance: {task.chance:g}; solved: {task.success}"]
    lines += [task.out_of_reach] if task.out_of_reach else []
    lines += [
        f"shortest length: {shortest_length(task, max(1, task.minimum_length))}",
        "",
        f"sequences of length {length}, ^ where an answer is wanted:",
    ]
    for row in range(len(batch)):
        lines += ["", *_sequence(batch, row, columns)]
    return "\n".join(lines)


def _input(task: Task) -> str:
    if isinstance(task.inputs, Tokens):
        how = f"embedded in {task.inputs.width}" if task.inputs.width else "one-hot"
        return f"one of {task.inputs.vocabulary} tokens a step, {how}"
    return f"{some(task.inputs.width, 'number')} a step"


def _answer(task: Task) -> str:
    if isinstance(task.answer, Classes):
        return f"one of {task.answer.count} classes"
    return f"{some(task.answer.width, 'number')}"


def _sequence(batch: Batch, row: int, columns: int | None) -> list[str]:
    time = int(batch.lengths[row])
    inputs, scored = batch.inputs[row, :time], batch.scored[row, :time]
    tokens = inputs.ndim == 1
    width = max((len(str(item)) for item in inputs), default=1) + 1 if tokens else 1
    fit = WIDEST if columns is None else min(WIDEST, max(1, (columns - len("  ... ")) // width))
    left_out = max(0, time - fit)
    drawn = (
        ["".join(f"{item:>{width}}" for item in inputs)]
        if tokens
        else [_bars(inputs[:, k]) for k in range(inputs.shape[1])]
    )
    if left_out:
        drawn = [f"... {line[left_out * width :]}" for line in drawn]
    marks = "    " * bool(left_out) + "".join(f"{'^' if here else ' ':>{width}}" for here in scored[left_out:])
    targets = batch.targets[row, :time][scored]
    told = " ".join(str(item) if item.ndim == 0 else np.array2string(item, precision=2) for item in targets[-12:])
    answers = f"{'... ' if len(targets) > 12 else ''}{told}"
    lines = [f"  {line}" for line in drawn]
    if columns is None or len(marks) + len(answers) + 3 <= columns:
        return [*lines, f"  {marks} {answers}"]
    return [*lines, f"  {marks.rstrip()}", *wrapped(f"  {answers}", columns)]


def _bars(values: Array) -> str:
    """A bar a number, from the least to the greatest."""
    low, high = float(values.min()), float(values.max())
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(BARS[round((float(value) - low) * scale)] for value in values)
