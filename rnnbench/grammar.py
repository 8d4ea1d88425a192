"""The one way to write a task, a cell, an optimiser or a schedule with its parameters.

    lstm                                  the defaults
    lstm[like=keras2,forget_bias=1]       parameters in brackets
    lstm:like=keras2,forget_bias=1        the same after a colon, which no shell wants quoted
    copy:arjovsky                         a bare word is a preset, short for like=arjovsky

Values are written as in TOML or Python (``0.2``, ``true``, ``none``); quotes are not needed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rnnbench.errors import RnnbenchError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PAIR = re.compile(_NAME.pattern + r"\s*=")


def is_name(text: str) -> bool:
    """Whether ``text`` can be typed as a name in a command, where : and , go on after it."""
    return _NAME.fullmatch(text) is not None


def is_value(text: str) -> bool:
    """Whether ``text`` reads back as it is when it is written as a parameter's value."""
    return bool(text) and text == text.strip() and not set(text) & set(",[]")


@dataclass(frozen=True)
class Call:
    """A name and its parameters, still as text."""

    name: str
    arguments: Mapping[str, str]


def parse(text: str) -> Call:
    """Read ``name``, ``name[a=1,b=2]`` or ``name:a=1,b=2``. Raises RnnbenchError with the part that is wrong."""
    text = text.strip()
    head = _NAME.match(text)
    if head is None:
        raise RnnbenchError(f"expected a name such as lstm or lstm[forget_bias=1], got {text!r}.")
    name, rest = head.group(), text[head.end() :]
    if not rest:
        return Call(name, {})
    if rest.startswith("[") and rest.endswith("]"):
        inner = rest[1:-1]
    elif rest.startswith(":"):
        inner = rest[1:]
    else:
        raise RnnbenchError(f"{text!r} is not understood after {name!r}: write {name}[key=value] or {name}:key=value.")
    return Call(name, _arguments(text, inner))


def _arguments(text: str, inner: str) -> dict[str, str]:
    arguments: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in inner.split(","))):
        key, equals, value = (part.strip() for part in item.partition("="))
        if not equals:
            key, value = "like", key
        if not _NAME.fullmatch(key) or not value:
            raise RnnbenchError(f"{item!r} in {text!r} is not key=value.")
        if key in arguments:
            raise RnnbenchError(f"{key!r} is given twice in {text!r}.")
        arguments[key] = value
    return arguments


def split_list(text: str) -> list[str]:
    """Split at commas outside brackets: ``a,b[c=1,d=2]`` is two items, and so is ``a,b:c=1,d=2``.

    What reads ``key=value`` goes on with the item before it, which only the form with a colon leaves open.
    """
    items, depth, start = [], 0, 0
    for position, letter in enumerate(text):
        depth += (letter == "[") - (letter == "]")
        if letter == "," and depth == 0:
            items.append(text[start:position].strip())
            start = position + 1
    joined: list[str] = []
    for item in filter(None, [*items, text[start:].strip()]):
        if joined and ":" in joined[-1] and _PAIR.match(item):
            joined[-1] += f",{item}"
        else:
            joined.append(item)
    return joined


def write(name: str, parameters: Mapping[str, object]) -> str:
    """The canonical text, read back by :func:`parse`."""
    if not parameters:
        return name
    return f"{name}[{','.join(f'{key}={write_value(value)}' for key, value in sorted(parameters.items()))}]"


def write_value(value: object) -> str:
    """A parameter value as text; floats in the shortest form that reads back equal."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e6:
        return str(int(value))
    return str(value)
