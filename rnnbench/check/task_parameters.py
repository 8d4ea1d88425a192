"""Parameters: each of them changes something."""

from collections.abc import Iterator, Mapping
from typing import Any

from rnnbench.check.finding import Failure, Finding, Note, raised
from rnnbench.check.task_subject import TaskSubject, digest, possible_from
from rnnbench.check.variation import differing, other_values
from rnnbench.errors import STRANGE, RnnbenchError
from rnnbench.parameters import parameters_of
from rnnbench.streams import stream
from rnnbench.task import Purpose, Task
from rnnbench.train.sampling import complaint_about

COUNT = 64


def parameters(subject: TaskSubject) -> Finding:
    """Every parameter changes samples, steps, answers or levels; a value that is refused is refused in one line."""
    silent, unknown = [], []
    for name, field in parameters_of(subject.cls).items():
        verdict = _refusal(subject, name, field.annotation) or _effect(subject, name, field.annotation)
        if isinstance(verdict, Failure):
            return verdict
        if verdict is None:
            unknown.append(name)
        elif not verdict:
            silent.append(name)
    if silent:
        values = other_values(parameters_of(subject.cls)[silent[0]].annotation, subject.resolved.parameters[silent[0]])
        return Failure(
            "silently ignored parameter",
            f"no value of {silent[0]!r} changes a sample, its steps, the answer or a level; use it or remove it.",
            {"parameter": silent[0], "value": subject.resolved.parameters[silent[0]], "tried": values}
            | {"seed": 0, "length": subject.length},
        )
    return Note(f"no other value of {', '.join(unknown)} could be guessed") if unknown else None


def _refusal(subject: TaskSubject, name: str, annotation: Any) -> Failure | None:
    """What is wrong with how another value of ``name`` is refused, if it is."""
    for value in other_values(annotation, subject.resolved.parameters[name]):
        values = {**subject.resolved.parameters, name: value}
        try:
            subject.cls(**values).check_length(subject.length)
        except RnnbenchError as refusal:
            if len(str(refusal).splitlines()) != 1:
                return Failure("wordy refusal", "a refusal is one line.", {**values, "said": str(refusal)})
        except STRANGE as error:  # a stranger's code may fail in any way
            return raised(error, values)
    return None


def _effect(subject: TaskSubject, name: str, annotation: Any) -> bool | Failure | None:
    """Whether another value of ``name`` shows, beside the defaults or any preset or another value of its neighbours."""
    tried = False
    for base in _bases(subject, name):
        for one, other in differing(base, name, other_values(annotation, base[name])):
            verdict = _differs(subject, one, other)
            if isinstance(verdict, Failure) or verdict:
                return verdict
            tried = tried or verdict is not None
    return False if tried else None


def _bases(subject: TaskSubject, name: str) -> Iterator[Mapping[str, Any]]:
    defaults = dict(subject.resolved.parameters)
    yield defaults
    for preset in subject.cls.presets.values():
        yield {**defaults, **preset}
    for other, field in parameters_of(subject.cls).items():
        if other != name:
            yield from ({**defaults, other: value} for value in other_values(field.annotation, defaults[other]))


def _differs(subject: TaskSubject, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool | Failure | None:
    """None where one of them cannot be posed."""
    made = []
    for values in (one, other):
        try:
            made.append(subject.cls(**values))
        except RnnbenchError:
            return None
    lengths = _shared_lengths(subject, made)
    for length in lengths:
        prints = []
        for task, values in zip(made, (one, other), strict=True):
            batch = task.sample(stream("check", 0), COUNT, length)
            if complaint := complaint_about(task, batch, COUNT):
                return Failure("broken batch", complaint, {**values, "seed": 0, "length": length})
            prints.append((*_drawn(task, length), *_facts(task, length)))
        if prints[0] != prints[1]:
            return True
    return False if lengths else None


def _shared_lengths(subject: TaskSubject, tasks: list[Task]) -> list[int]:
    """Up to two lengths at which both tasks can be posed, from the usual one on."""
    found: list[int] = []
    for start in (subject.length, 3 * subject.length):
        length: int | None = start
        for task in tasks * 2:
            length = None if length is None else possible_from(task, length)
        if length is not None and all(possible_from(task, length) == length for task in tasks):
            found.append(length)
    return found


def _drawn(task: Task, length: int) -> list[str]:
    """Digests of what is drawn for each purpose."""
    purposes: tuple[Purpose, ...] = ("train", "validation", "test")
    return [digest(task, 0, COUNT, length, purpose) for purpose in purposes]


def _facts(task: Task, length: int) -> tuple[object, ...]:
    levels = (task.chance, task.oracle_accuracy, task.memoryless(length), task.class_balance)
    return (task.steps(length), task.inputs, task.answer, task.success, *levels)
