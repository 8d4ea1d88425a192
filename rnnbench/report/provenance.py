"""Where the numbers come from: protocol, software, hardware, dates and what is in the store."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import pandas as pd
from pydantic import ValidationError

from rnnbench.protocol import Protocol
from rnnbench.report.data import RunData
from rnnbench.report.labels import SPACE, count, listed
from rnnbench.stats.summary import STATUSES
from rnnbench.words import some

NOUNS = {**dict.fromkeys(("batch", "sequences", "validation", "test"), "sequence"), "interval": "update"}
"""What the numbers of the protocol count, where their names do not say it."""
UNREAD = {"fresh": {"sequences", "split"}}
"""By the kind of data: values that nobody reads."""


def protocol_pairs(data: RunData) -> list[tuple[str, str]]:
    """List task, cell, units and the resolved protocol's values, axes with all of theirs."""
    specs = [json.loads(text) for text in data.trials["spec"].unique()]
    values: dict[str, list[Any]] = {"task": [], "cell": [], "units": [_units(data)]}
    for spec in specs:
        unread = UNREAD.get(spec["protocol"].get("data"), set())
        read = {name: value for name, value in spec["protocol"].items() if name not in unread}
        own = {name: value for name, value in spec["protocol"].items() if name in Protocol.model_fields}
        with suppress(ValidationError):  # a later version of rnnbench may know other values
            read["interval"] = Protocol(**own).evaluations[0]
        for name, value in ({"task": spec["task"], "cell": spec["cell"]} | read).items():
            values.setdefault(name, []).append(value)
    told = {name: [*dict.fromkeys(_written(name, item) for item in _in_order(items))] for name, items in values.items()}
    return [(name.replace("_", SPACE), "; ".join(items)) for name, items in told.items() if set(items) != {"null"}]


def _in_order(items: list[Any]) -> list[Any]:
    """Numbers by size, all else as it comes."""
    return sorted(items) if all(isinstance(item, int | float) for item in items) else items


def _written(name: str, value: Any) -> str:
    if name in NOUNS and isinstance(value, int):
        return some(value, NOUNS[name])
    if isinstance(value, int) and not isinstance(value, bool):
        return count(value)
    return value.replace(",", ", ") if isinstance(value, str) else json.dumps(value)


def _units(data: RunData) -> str:
    """Of every cell, or of each where they differ (on another task, by a budget, perhaps too)."""
    sizes: dict[str, list[str]] = {}
    for cell, hidden in dict.fromkeys(zip(data.trials["cell"], data.trials["hidden"], strict=True)):
        sizes.setdefault(cell, []).append(str(hidden))
    alike = len({*map(tuple, sizes.values())}) == 1
    each = [f"{data.names.cells[cell]} {listed(own)}" for cell, own in sizes.items()]
    return listed(next(iter(sizes.values()))) if alike else "; ".join(each)


def provenance_pairs(data: RunData) -> list[tuple[str, str]]:
    """List versions, code state, machines, dates and counts. Names of machines stay out."""
    run, trials = data.run, data.trials
    counts = [f"{count((trials['status'] == status).sum())} {status}" for status in STATUSES]
    finished = sorted(trials["finished"].dropna())
    hosts = trials["host"].nunique()
    pairs = [
        ("Run", f"started {run.started}, {f'finished {run.finished}' if run.finished else 'not finished'}"),
        ("Trials", f"{count(run.stored)} of {count(run.planned)} stored: {listed(counts)}"),
        ("Trained", f"from {finished[0]} to {finished[-1]}" if finished else ""),
        ("Git commit", "; ".join(_commits(trials))),
        ("Hosts", str(hosts) if hosts else ""),
        ("Devices", "; ".join(_distinct(trials["device"]))),
        *sorted(_versions(trials["versions"]).items()),
    ]
    return [(name, text) for name, text in pairs if text]


def _commits(trials: pd.DataFrame) -> list[str]:
    known = trials.loc[trials["git_commit"].notna(), ["git_commit", "git_dirty"]].drop_duplicates()
    return [
        f"{commit} with uncommitted changes" if dirty == 1 else str(commit)
        for commit, dirty in sorted(known.itertuples(index=False, name=None), key=str)
    ]


def _versions(texts: Iterable[Any]) -> Mapping[str, str]:
    found: dict[str, set[str]] = {}
    for text in set(texts):
        for name, version in (json.loads(text) if isinstance(text, str) and text else {}).items():
            found.setdefault(str(name), set()).add(str(version))
    return {name: ", ".join(sorted(versions)) for name, versions in found.items()}


def _distinct(values: "pd.Series[Any]") -> list[str]:
    return sorted(str(value) for value in values.dropna().unique())
