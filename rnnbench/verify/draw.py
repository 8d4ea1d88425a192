"""Trials of a store, drawn at random and copied, so that what is compared is what was read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnbench.errors import RnnbenchError
from rnnbench.provenance import plugins_of
from rnnbench.store.store import Store

WITH_RESULT = ("ok", "diverged")


@dataclass(frozen=True)
class Draw:
    """Which trials are trained again."""

    trials: int
    """How many; all, if there are no more."""
    seed: int
    run: str | None = None
    """Only those of the latest run of this name."""


@dataclass(frozen=True)
class Drawn:
    """Rows, and how many there were to draw from."""

    rows: list[dict[str, Any]]
    """Columns as in the store; ``versions`` as a mapping, and ``plugins``, the options that its command named."""
    trials: int
    without: int
    missing: int


def draw(path: Path, wanted: Draw, copy: Path) -> Drawn:
    """Draw from the store at ``path`` into a new one at ``copy``. Raises RnnbenchError where nothing has a result."""
    with Store(path) as store:
        table = store.trials(store.latest(wanted.run).id if wanted.run is not None else None)
        planned = store.planned(wanted.run) if wanted.run is not None else set()
        having = table[table["status"].isin(WITH_RESULT)]
        if having.empty:
            raise RnnbenchError(f"store {path} has no trial with a result to compare with.")
        chosen = having["trial"].sample(min(wanted.trials, len(having)), random_state=wanted.seed).tolist()
        commands = {trial: store.command(trial) or "" for trial in chosen}
    with Store(copy, create=True) as own:
        own.take_from(path, chosen)
        rows = own.trials(as_stored=True).to_dict("records")
    read = [_read({str(key): value for key, value in row.items()}, commands) for row in rows]
    return Drawn(read, len(having), len(table) - len(having), len(planned - {*table["trial"]}))


def _read(row: dict[str, Any], commands: Mapping[str, str]) -> dict[str, Any]:
    return row | {"versions": versions_of(row), "plugins": plugins_of(commands[row["trial"]])}


def versions_of(row: Mapping[str, Any]) -> dict[str, str]:
    """What the column ``versions`` says; nothing if it is unreadable."""
    try:
        told = json.loads(row["versions"] or "{}")
    except (ValueError, TypeError):
        return {}
    return {str(name): str(version) for name, version in told.items()} if isinstance(told, dict) else {}
