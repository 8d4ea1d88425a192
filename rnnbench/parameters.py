"""From the text of a call to checked parameters of a registered class.

A class's parameters are the keyword-only arguments of its constructor (for a dataclass: its fields). ``presets``
on the class are named sets of them, chosen by ``like=NAME``; what is written beside ``like`` wins. Cells have those of
:class:`rnnbench.parts.stacking.Stacking` too, which stand in the canonical text only where there is a stack.
"""

import inspect
import math
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from rnnbench import grammar, identity
from rnnbench.errors import PluginError, RnnbenchError, UnknownName, guarded
from rnnbench.parts.stacking import Stacking
from rnnbench.registry import CELLS, Registry
from rnnbench.words import brief

BASES = {
    "task": "rnnbench.task.Task",
    "cell": "rnnbench.cell.Cell",
    "optimiser": "rnnbench.optimiser.Optimiser",
}
"""By kind, the class that all of them derive from, as text: nothing is imported to look."""


@dataclass(frozen=True)
class Resolved:
    """A registered class with every parameter explicit."""

    name: str
    parameters: Mapping[str, Any]
    label: str
    """How a person writes it: only what differs from the defaults, presets by name."""
    version: str
    unsaid: frozenset[str] = frozenset()
    """Parameters that were added later and have their defaults."""

    @property
    def text(self) -> str:
        """Canonical text with every parameter but the ``unsaid``: earlier trials keep their identity."""
        return grammar.write(self.name, {k: v for k, v in self.parameters.items() if k not in self.unsaid})


def resolve(registry: Registry[Any], text: str) -> Resolved:
    """Check ``text`` against the registry. Raises UnknownName or RnnbenchError naming the parameter and its rule."""
    call = grammar.parse(text)
    kind = registry[call.name]
    _check_class(registry, call.name, kind)
    stacking = stacking_of(registry, kind)
    fields = parameters_of(kind) | stacking
    given = dict(call.arguments)
    values = {key: field.default for key, field in fields.items()}
    presets = kind.presets
    like = given.pop("like", None)
    if like is not None:
        if like not in presets:
            raise UnknownName(f"preset of {call.name}", like, presets)
        if unknown := presets[like].keys() - fields.keys():
            rule = f"preset {like!r} sets {min(unknown)}, which is not one of its parameters"
            raise PluginError(f"{registry.kind} {call.name!r}: {rule}.")
        values.update(presets[like])
    for key, value in given.items():
        if key not in fields:
            raise UnknownName(f"parameter of {call.name}", key, [*fields, *(["like"] if presets else [])])
        values[key] = _coerce(call.name, key, value, fields[key].annotation)
    missing = [key for key, value in values.items() if value is inspect.Parameter.empty]
    if missing:
        raise RnnbenchError(
            f"{registry.kind} {call.name!r} needs a value for {missing[0]}: {call.name}[{missing[0]}=...]."
        )
    values = {key: _coerce(call.name, key, value, fields[key].annotation) for key, value in values.items()}
    _check_text(registry, call.name, values)
    label = _label(call.name, like, given, values)
    version = registry.version(call.name)
    if data := _data(registry, kind, label, values):
        version = f"{version}, data {data}"
    unsaid = frozenset(key for key in getattr(kind, "later", ()) if values[key] == fields[key].default)
    if all(values[key] == field.default for key, field in stacking.items()):
        values = {key: value for key, value in values.items() if key not in stacking}
    elif stacking:
        version = f"{version}, stack {Stacking.version}"
    return Resolved(call.name, values, label, version, unsaid)


def _data(registry: Registry[Any], kind: type, label: str, values: Mapping[str, Any]) -> str:
    """A hash of the files that a plug-in's task names; nothing if it names none."""
    own = any("files" in vars(each) for each in kind.__mro__ if each.__module__ != "rnnbench.task")
    if registry.kind != "task" or not own or "files" in values:
        return ""
    with guarded(f"task {label!r} raises"):
        return identity.data(kind(**values).files)


def _check_text(registry: Registry[Any], name: str, values: Mapping[str, Any]) -> None:
    """Raise PluginError for a text that no command can say: its trial could be stored and never be made again."""
    for key, value in values.items():
        if isinstance(value, str) and not grammar.is_value(value):
            rule = "must be text that a command can say (not empty, no commas, no brackets, no blanks at its ends)"
            raise PluginError(f"{registry.kind} {name!r}: its parameter {key} {rule}, got {brief(value)}.")


def _check_class(registry: Registry[Any], name: str, kind: type) -> None:
    """Raise PluginError when ``kind`` does not derive from what it must, leaves methods out, or has odd presets."""
    whole = registry is CELLS and not getattr(kind, "by_step", True)
    base = "rnnbench.sequence_model.SequenceModel" if whole else BASES[registry.kind]
    if base not in (f"{parent.__module__}.{parent.__name__}" for parent in kind.__mro__):
        raise PluginError(f"{registry.kind} {name!r} must derive from {base}.")
    if missing := getattr(kind, "__abstractmethods__", None):
        raise PluginError(f"{registry.kind} {name!r} must define {', '.join(sorted(missing))}.")
    presets: object = getattr(kind, "presets", {})
    if not isinstance(presets, Mapping) or not all(isinstance(values, Mapping) for values in presets.values()):
        rule = "presets must be a dict of dicts such as {'noisy': {'noise': 0.1}}"
        raise PluginError(f"{registry.kind} {name!r}: {rule}, got {brief(presets)}.")


def parameters_of(kind: type) -> dict[str, inspect.Parameter]:
    """The keyword-only constructor arguments of ``kind``, with annotations evaluated. Raises PluginError."""
    with guarded(f"the parameters of {getattr(kind, 'name', kind.__name__)} cannot be read:"):
        signature = inspect.signature(kind.__init__)  # type: ignore[misc]
        hints = typing.get_type_hints(kind.__init__, include_extras=True)  # type: ignore[misc]
    return {
        name: parameter.replace(annotation=hints.get(name, str))
        for name, parameter in signature.parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def stacking_of(registry: Registry[Any], kind: Any) -> dict[str, inspect.Parameter]:
    """What a cell takes of :class:`Stacking` beside its own parameters."""
    own = parameters_of(kind)
    if registry is not CELLS or "layers" in own or not kind.by_step:
        return {}
    return {key: field for key, field in parameters_of(Stacking).items() if key not in own}


def split(kind: type, parameters: Mapping[str, Any]) -> tuple[dict[str, Any], Stacking | None]:
    """The cell ``kind``'s own parameters, and the stack that the others describe; None where there are no others."""
    own = parameters_of(kind)
    rest = {key: value for key, value in parameters.items() if key not in own}
    return {key: value for key, value in parameters.items() if key in own}, Stacking(**rest) if rest else None


def _coerce(name: str, key: str, value: object, annotation: Any) -> Any:
    if isinstance(value, str) and value.lower() == "none" and type(None) in typing.get_args(annotation):
        return None
    choices = typing.get_args(annotation) if typing.get_origin(annotation) is typing.Literal else ()
    value = next((choice for choice in choices if str(choice) == str(value)), value)
    with guarded(f"{name}: the annotation of {key} cannot be read:"):
        adapter = TypeAdapter(annotation)
    try:
        found = adapter.validate_python(value)
    except ValidationError as error:
        rules = dict.fromkeys(f"{rule[0].lower()}{rule[1:]}" for rule in (item["msg"] for item in error.errors()))
        raise RnnbenchError(f"{name}: {key}={value}: {', or '.join(rules)}.") from None
    if isinstance(found, float) and not math.isfinite(found):
        raise RnnbenchError(f"{name}: {key}={value}: a number must be finite.")
    return found


def _label(name: str, like: str | None, given: Mapping[str, str], values: Mapping[str, Any]) -> str:
    shown: dict[str, Any] = {"like": like} if like else {}
    shown.update({key: values[key] for key in sorted(given)})
    return (
        f"{name}[{','.join(f'{key}={grammar.write_value(value)}' for key, value in shown.items())}]" if shown else name
    )
