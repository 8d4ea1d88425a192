"""A task made of its parameters and posed at a length, what it says of itself held against its contract."""

import math
from contextlib import suppress
from numbers import Integral, Real
from typing import Any

from rnnbench.errors import PluginError, RnnbenchError, guarded
from rnnbench.parameters import Resolved
from rnnbench.registry import TASKS
from rnnbench.task import Classes, Features, Success, Task, Tokens, Values
from rnnbench.words import brief

CONTRACT: dict[str, tuple[tuple[type, ...], str]] = {
    "inputs": ((Features, Tokens), "Features or Tokens"),
    "answer": ((Classes, Values), "Classes or Values"),
    "success": ((Success,), "a Success"),
    "minimum_length": ((Integral,), "a whole number"),
    "chance": ((Real,), "a finite number"),
    "out_of_reach": ((str,), "a sentence"),
}
"""What each attribute of a task must be."""


def make_task(resolved: Resolved) -> Task:
    """The task with its parameters. Raises PluginError when it cannot be made or an attribute breaks the contract."""
    named = f"task {resolved.label!r}"
    with guarded(f"{named} raises"):
        task: Task = TASKS[resolved.name](**resolved.parameters)
        for attribute, (kinds, words) in CONTRACT.items():
            value = getattr(task, attribute)
            if not isinstance(value, kinds) or (isinstance(value, Real) and not math.isfinite(value)):
                raise PluginError(f"{named}: {attribute} must be {words}, got {brief(value)}.")
    return task


def out_of_reach(task: Resolved) -> str:
    """Why no trial of a task can be solved, if none can; nothing where a plug-in's mistake hides it."""
    with suppress(RnnbenchError):  # the probe before a run tells of it, or `check` does
        return make_task(task).out_of_reach
    return ""


def aims(task: Task) -> dict[str, Any]:
    """What a row says of its task: the metric, what guessing scores and the rule of success."""
    return {"metric": task.success.metric, "chance": float(task.chance), "success_rule": str(task.success)}


def pose(task: Task, length: int) -> None:
    """Raise RnnbenchError when ``task`` cannot be posed at ``length``."""
    with guarded(f"task {task.name!r} at length {length} raises"):
        task.check_length(length)
        steps: object = task.steps(length)
    if not isinstance(steps, Integral) or steps < 1:
        rule = "steps must be a whole number ≥ 1"
        raise PluginError(f"task {task.name!r} at length {length}: {rule}, got {brief(steps)}.")
