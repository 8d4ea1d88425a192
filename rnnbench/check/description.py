"""What a plug-in says of itself: enough to be listed, cited and tried."""

import typing
from typing import Any

from rnnbench.check.finding import Failure, Finding
from rnnbench.check.task_subject import TaskSubject
from rnnbench.errors import RnnbenchError
from rnnbench.parameters import parameters_of, resolve
from rnnbench.registry import TASKS, Registry
from rnnbench.task import Classes, Kind


def description(subject: TaskSubject) -> Finding:
    """It has a first line, a source, a known kind, presets that can be made, and a metric that fits the answer."""
    cls, task = subject.cls, subject.task
    found = described(TASKS, cls, subject.resolved.name, typing.get_args(Kind))
    if found:
        return found
    metric = "accuracy" if isinstance(task.answer, Classes) else "mse"
    if task.success.metric != metric:
        message = (
            f"an answer in {type(task.answer).__name__.lower()} is measured by {metric}, got {task.success.metric}."
        )
        return Failure("wrong metric", message)
    if strays := set(cls.preset_sources) - set(cls.presets):
        return Failure("wrong presets", f"`preset_sources` names {sorted(strays)}, which are no presets.")
    defaults = {key: field.default for key, field in parameters_of(cls).items()}
    if strays := set(cls.small.parameters) - set(defaults):
        return Failure("wrong small shape", f"`small` sets {sorted(strays)}, which are no parameters.")
    try:
        cls(**(defaults | dict(cls.small.parameters))).check_length(cls.small.length)
    except RnnbenchError as refusal:
        return Failure("wrong small shape", f"the task cannot be posed at `small`: {refusal}")
    return None


def described(registry: Registry[Any], cls: Any, name: str, kinds: tuple[str, ...]) -> Failure | None:
    """The part that tasks and cells have in common."""
    if not registry.entry(name).summary.strip():
        return Failure("missing description", "the class docstring must begin with a line that says what it is.")
    if not str(getattr(cls, "source", "")).strip():
        return Failure("missing source", 'the class needs `source = "Authors year, section"`.')
    if cls.kind not in kinds:
        return Failure("unknown kind", f"`kind` is one of {', '.join(kinds)}; got {cls.kind!r}.")
    for preset in cls.presets:
        try:
            resolve(registry, f"{name}:{preset}")
        except RnnbenchError as refusal:
            return Failure("wrong presets", f"preset {preset!r} cannot be made: {refusal}")
    return None
