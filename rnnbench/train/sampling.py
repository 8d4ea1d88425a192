"""Drawing from a task, its contract checked each time: a plug-in's mistake is named where it happens."""

import numpy as np

from rnnbench.errors import PluginError
from rnnbench.task import Batch, Classes, Features, Purpose, Task


def sample(task: Task, rng: np.random.Generator, count: int, length: int, purpose: Purpose | None = "train") -> Batch:
    """``task.draw``, or ``task.sample`` for no purpose, its contract checked. Raises PluginError with a broken rule."""
    batch = task.draw(rng, count, length, purpose) if purpose else task.sample(rng, count, length)
    complaint = complaint_about(task, batch, count)
    if complaint:
        raise PluginError(f"task {task.name!r} at length {length}: {complaint}")
    return batch


def complaint_about(task: Task, batch: Batch, count: int) -> str | None:
    """The first rule of the Batch contract that ``batch`` breaks, or None."""
    if not isinstance(batch, Batch):
        return f"sample must return a Batch, got {type(batch).__name__}."
    for name in ("inputs", "targets", "lengths", "scored"):
        if not isinstance(array := getattr(batch, name), np.ndarray):
            return f"{name} must be a numpy array, got {type(array).__name__}."
    time = batch.inputs.shape[1] if batch.inputs.ndim > 1 else 0
    features = isinstance(task.inputs, Features)
    width = (task.inputs.width,) if isinstance(task.inputs, Features) else ()
    classes = isinstance(task.answer, Classes)
    value = () if isinstance(task.answer, Classes) else (task.answer.width,)
    rules = (
        ("inputs", batch.inputs, "float32" if features else "int64", (count, time, *width)),
        ("targets", batch.targets, "int64" if classes else "float32", (count, time, *value)),
        ("lengths", batch.lengths, "int64", (count,)),
        ("scored", batch.scored, "bool", (count, time)),
    )
    for name, array, dtype, shape in rules:
        if str(array.dtype) != dtype or array.shape != shape:
            there = (str(array.dtype), array.shape[:2], array.ndim)
            wide = name == "inputs" and features and there == (dtype, shape[:2], 3)
            way_out = f" The class says so: inputs = Features({array.shape[2]})." if wide else ""
            return f"{name} must be {dtype} {shape}, got {array.dtype} {array.shape}.{way_out}"
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            return f"{name} must be finite, got NaN or infinity."
    return _complaint_about_values(task, batch, time)


def _complaint_about_values(task: Task, batch: Batch, time: int) -> str | None:
    if time < 1 or not batch.scored.any(axis=1).all():
        return "every sequence needs at least one scored position."
    if batch.lengths.min() < 1 or batch.lengths.max() > time:
        return f"lengths must lie in 1..{time}, got {batch.lengths.min()}..{batch.lengths.max()}."
    if (batch.scored & (np.arange(time) >= batch.lengths[:, None])).any():
        return "a scored position lies beyond its sequence's length."
    if isinstance(task.answer, Classes):
        asked = batch.targets[batch.scored]
        if asked.min() < 0 or asked.max() >= task.answer.count:
            way_out = f" The class says how many: answer = Classes({asked.max() + 1})." if asked.min() >= 0 else ""
            return f"scored targets must lie in 0..{task.answer.count - 1}, got {asked.min()}..{asked.max()}.{way_out}"
    tokens = batch.inputs
    if not isinstance(task.inputs, Features) and not 0 <= tokens.min() <= tokens.max() < task.inputs.vocabulary:
        return f"tokens must lie in 0..{task.inputs.vocabulary - 1}, got {tokens.min()}..{tokens.max()}."
    return None
