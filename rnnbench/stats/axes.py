"""What tells the series of a study apart beside task and cell, so that nothing is pooled silently."""

import json
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple, cast

import pandas as pd

from rnnbench.store.sound import require_sound_rows


class Series(NamedTuple):
    """What names one series, which is one line of a figure; the names are columns."""

    task: str
    cell: str
    hidden: int
    variant: str


SERIES = list(Series._fields)


def series_of(table: pd.DataFrame) -> Iterator[tuple[Series, pd.DataFrame]]:
    """Every series of ``table`` with its rows, in the order in which they come."""
    for key, rows in table.groupby(SERIES, sort=False):
        yield Series(*cast("tuple[str, str, int, str]", key)), rows


def with_axes(trials: pd.DataFrame, tuned: Collection[str] = ()) -> pd.DataFrame:
    """Add the column ``variant`` and one for every protocol axis, and sort by all axes.

    What is ``tuned`` has a column and is no axis: it is part of how a cell was trained.

    A protocol axis is a value of the protocol that differs between trials. ``variant`` names the hidden size, where a
    cell has several on a task, and the axes where they differ; it is empty in a study that varies neither. Raises
    StoreError for a damaged row.
    """
    require_sound_rows(trials)
    specs = [json.loads(spec) for spec in trials["spec"]]
    protocols = [spec["protocol"] | own for spec, own in zip(specs, _definitions(specs), strict=True)]
    axes = [axis for axis in protocol_axes(protocols) if axis not in tuned]
    for axis in (*axes, *tuned):
        _shorten(protocols, axis)
    table = trials.reset_index(drop=True)
    for axis in (*axes, *tuned):
        table[axis] = [_text(protocol.get(axis)) for protocol in protocols]
    several_sizes = bool((table.groupby(["task", "cell"])["hidden"].nunique() > 1).any())
    parts = [
        [f"hidden={hidden}"] * several_sizes + [f"{axis}={_text(protocol.get(axis))}" for axis in axes]
        for hidden, protocol in zip(table["hidden"], protocols, strict=True)
    ]
    table["variant"] = pd.Series([" ".join(part) for part in parts], dtype="str")
    places = [_place(protocol, axes) for protocol in protocols]
    keys = zip(table["task"], table["cell"], table["hidden"], places, table["length"], table["seed"], strict=True)
    order = sorted(enumerate(keys), key=lambda item: item[1])
    return table.iloc[[row for row, _ in order]].reset_index(drop=True)


def _definitions(specs: list[dict[str, Any]]) -> list[dict[str, str]]:
    """For each trial, which definition of its task and cell it is of, where others of the same name are of another."""
    versions: dict[tuple[str, str], set[str]] = {}
    for spec in specs:
        for axis in ("task", "cell"):
            versions.setdefault((axis, spec.get(axis, "")), set()).add(str(spec.get(f"{axis}_version")))
    several = {key for key, found in versions.items() if len(found) > 1}
    return [
        {f"{axis}_definition": str(spec.get(f"{axis}_version")) for axis, name in several if spec.get(axis) == name}
        for spec in specs
    ]


def protocol_axes(protocols: list[dict[str, Any]]) -> list[str]:
    """List the values that differ, in the protocol's order; versions follow what they are versions of."""
    names = dict.fromkeys(name for protocol in protocols for name in protocol if not name.endswith("_version"))
    return [name for name in names if len({_text(protocol.get(name)) for protocol in protocols}) > 1]


def _shorten(protocols: list[dict[str, Any]], axis: str) -> None:
    """Leave the parameters of an axis of calls such as ``adam[beta1=0.9]`` away where the names alone differ."""
    values = {protocol.get(axis) for protocol in protocols}
    if all(isinstance(value, str) for value in values) and len({_head(value) for value in values}) == len(values):
        for protocol in protocols:
            protocol[axis] = _head(protocol[axis])


def _head(value: Any) -> str:
    return str(value).partition("[")[0]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _place(protocol: dict[str, Any], axes: list[str]) -> tuple[tuple[int, float, str], ...]:
    """Make a sort key that puts nothing before numbers, numbers in their order, and words last."""
    return tuple(
        (1, float(value), "") if isinstance(value, int | float) else (0 if value is None else 2, 0.0, _text(value))
        for value in (protocol.get(axis) for axis in axes)
    )
