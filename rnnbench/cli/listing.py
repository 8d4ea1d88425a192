"""``rnnbench list``: what there is, without importing any of it."""

import json
import shutil
import sys
import textwrap
import typing
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from rnnbench.cli import options
from rnnbench.cli.failure import user_errors
from rnnbench.cli.json_output import print_json
from rnnbench.registry import CELLS, OPTIMISERS, TASKS, Registry, add_plugin
from rnnbench.words import some

WIDTH = 110
"""Columns of a line where no terminal says how many it has, and at most."""
EVEN_ODDS = "1/2"
"""Chance of a task that says nothing of it: as :attr:`rnnbench.task.Task.guessing` has it by default."""


class Kind(StrEnum):
    """What can be listed."""

    tasks = "tasks"
    cells = "cells"
    optimisers = "optimisers"
    studies = "studies"
    protocol = "protocol"
    runs = "runs"


def list_names(
    kind: Annotated[Kind, typer.Argument(help="What to list.")],
    store: options.StorePath = options.DEFAULT_STORE,
    plugin: options.Plugins = None,
    as_json: options.AsJson = False,
) -> None:
    """List tasks, cells, optimisers or studies with their sources, what --set may set, or the runs in the store."""
    with user_errors():
        for path in plugin or ():
            add_plugin(path)
        if kind is Kind.runs:
            rows = list(_runs(store))
        elif kind is Kind.studies:
            rows = list(_studies())
        elif kind is Kind.protocol:
            rows = list(_protocol())
        else:
            rows = list(_entries({Kind.tasks: TASKS, Kind.cells: CELLS, Kind.optimisers: OPTIMISERS}[kind]))
    if as_json:
        print_json(rows, indent=1)
        return
    if kind is Kind.runs and not rows:
        print(f"{store} holds no run; what is merged into it, or copied, comes without.")
    width = max((len(row["name"]) for row in rows), default=0)
    terminal = shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH
    columns = max(20, min(WIDTH, terminal) - width - 2)
    for row in rows:
        details = _details(row)
        for number, detail in enumerate(details):
            head = row["name"] if number == 0 else ""
            lines = textwrap.wrap(str(detail), columns) or [""]
            print(f"{head:<{width}}  " + f"\n{'':<{width}}  ".join(lines))


def _details(row: dict[str, Any]) -> list[str]:
    """What stands beside a name, a line or more each."""
    facts = [str(row.get("kind", "")), f"chance {row['chance']}" if row.get("chance") else ""]
    facts.append(" ".join(row.get("presets", ())))
    rest = {key: value for key, value in row.items() if key not in ("name", "summary", "kind", "chance", "presets")}
    return [text for text in (row["summary"], "; ".join(filter(None, facts)), *map(str, rest.values())) if text]


def _entries(registry: Registry[Any]) -> Iterable[dict[str, Any]]:
    for name in registry:
        entry = registry.entry(name)
        origin = "" if entry.builtin else f"from {entry.origin}"
        yield {
            "name": name,
            "summary": entry.summary,
            "kind": entry.kind,
            "chance": (entry.guessing or EVEN_ODDS) if registry is TASKS else "",
            "presets": [f"{name}:{preset}" for preset in entry.presets],
            "source": entry.source,
            "origin": origin,
        }


def _studies() -> Iterable[dict[str, Any]]:
    from rnnbench.studies import shipped
    from rnnbench.study.file import load

    for name in shipped():
        study = load(name)
        axes = {"task": study.tasks, "cell": study.cells, "length": set(study.lengths), "repeat": range(study.repeats)}
        grid = " x ".join(some(len(values), name) for name, values in axes.items())
        yield {"name": name, "summary": study.title, "grid": grid, "source": study.source}


def _protocol() -> Iterable[dict[str, Any]]:
    from rnnbench.protocol import Protocol

    for name, field in Protocol.model_fields.items():
        kind = field.annotation
        if typing.get_origin(kind) is typing.Literal:
            told = " or ".join(typing.get_args(kind))
        else:
            told = "a name" if kind is str else "a number" if kind is float else "a whole number"
        usual = "none" if field.default is None else json.dumps(field.default)
        yield {
            "name": name,
            "summary": (field.description or "").replace("``", ""),
            "values": f"{told}; default {usual}",
        }


def _runs(path: Path) -> Iterable[dict[str, Any]]:
    from rnnbench.store.store import Store

    with Store(path) as store:
        for run in store.runs():
            state = f"finished {run.finished}" if run.finished else "interrupted or still running"
            yield {
                "name": run.name,
                "summary": f"{run.stored} of {some(run.planned, 'trial')}, started {run.started}, {state}",
                "command": run.command,
            }
