"""Rows that nobody could have stored: a disk or a hand has damaged them."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rnnbench.errors import StoreError

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = ("value", "success", "updates", "updates_to_success", "wall_seconds", "parameters", "chance")


def require_sound_rows(table: "pd.DataFrame") -> None:
    """Raise StoreError for the first row of ``table`` whose columns do not hold what the schema says."""
    import pandas as pd

    for column, parts in (("spec", ("protocol",)), ("versions", ())):
        if column in table:
            for trial, text in zip(table["trial"], table[column], strict=True):
                if text is not None and not _holds(text, parts):
                    raise _damaged(trial, column)
    for column in table.columns.intersection([*NUMBERS]):
        strange = table[column].notna() & pd.to_numeric(table[column], errors="coerce").isna()
        if strange.any():
            raise _damaged(table.loc[strange, "trial"].iloc[0], column)


def require_whole(rows: Iterable[tuple[str, Any, Any]], metric: str) -> None:
    """Raise StoreError for the first curve (trial, updates, points) of which a point is missing or half of one."""
    for trial, updates, points in rows:
        whole = isinstance(updates, bytes) and isinstance(points, bytes) and len(updates) == len(points)
        if not whole or len(updates) % 4:
            raise _damaged(trial, f"the curve {metric}")


def specification(trial: str, text: Any) -> dict[str, Any]:
    """What a row's ``spec`` says. Raises StoreError where it is damaged."""
    if not _holds(text, ("protocol",)):
        raise _damaged(trial, "spec")
    found: dict[str, Any] = json.loads(text)
    return found


def study_of(run: str, text: str) -> dict[str, Any]:
    """The study of a run by its JSON. Raises StoreError for another thing, JSONDecodeError for what is no JSON."""
    found = json.loads(text)
    if not isinstance(found, dict) or not isinstance(found.get("protocol", {}), dict):
        raise StoreError(
            f"the store is damaged: the study of run {run!r} is not what rnnbench writes. Run it once more."
        )
    return found


def _damaged(trial: str, what: str) -> StoreError:
    """The mistake and the ways out."""
    return StoreError(
        f"the store is damaged: {what} of trial {trial} is not what rnnbench writes. Train it again with --again, or "
        f"delete its row: sqlite3 STORE \"DELETE FROM trials WHERE trial = '{trial}'\"."
    )


def _holds(text: Any, parts: tuple[str, ...]) -> bool:
    """Whether ``text`` is a JSON object with an object for each of ``parts``."""
    try:
        found = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return False
    return isinstance(found, dict) and all(isinstance(found.get(part), dict) for part in parts)
