"""Other values that a parameter may take, from its annotation."""

import itertools
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

TRIED = 8
"""Values of a parameter that are tried, at most."""


def other_values(annotation: Any, value: Any) -> list[Any]:
    """Valid values of ``annotation`` other than ``value``; none where none can be guessed (text, say)."""
    adapter = TypeAdapter(annotation)
    found: list[Any] = []
    for candidate in _candidates(annotation, value):
        try:
            valid = adapter.validate_python(candidate)
        except ValidationError:
            continue
        if valid != value and valid not in found:
            found.append(valid)
    return found[:TRIED]


def differing(base: Mapping[str, Any], name: str, values: list[Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Pairs that differ in ``name`` alone: ``base`` and another, then two others, should ``base`` be refused."""
    others = [{**base, name: value} for value in values]
    yield from ((dict(base), other) for other in others)
    yield from itertools.pairwise(others)


def _candidates(annotation: Any, value: Any) -> list[Any]:
    arguments = typing.get_args(annotation)
    origin = typing.get_origin(annotation)
    if origin is typing.Literal:
        return list(arguments)
    if origin is typing.Annotated:
        return _candidates(arguments[0], value)
    if arguments and (origin is typing.Union or type(None) in arguments):
        turns = itertools.zip_longest(*(_candidates(part, value) for part in arguments), fillvalue=value)
        return [candidate for turn in turns for candidate in turn]  # some of each part, however many are tried
    if annotation is bool:
        return [True, False]
    if annotation is type(None):
        return [None]
    number = value if isinstance(value, int | float) else 2
    if annotation is int:
        return [number + 1, number - 1, 2 * number, number // 2, number + 2, number + 3, 3, 2, 1, 0]
    if annotation is float:
        return [number * 2.0, number / 2.0, number + 0.3, number - 0.3, 0.5, 0.9, 0.1, 1.0, 2.0, 0.0]
    return []
