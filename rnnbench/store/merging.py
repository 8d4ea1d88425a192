"""What one store takes from another, attached to its connection as ``other``."""

import json
import sqlite3
from collections.abc import Sequence

RESULT = "status NOT IN ('error', 'skipped')"


def copy_missing(connection: sqlite3.Connection, trials: Sequence[str] | None) -> int:
    """Copy results that this store lacks, of ``trials`` or of all; the other may be from before the latest columns."""
    ask = connection.execute
    names = ", ".join(name for _, name, *_ in ask("PRAGMA other.table_info(trials)"))
    ask("DROP TABLE IF EXISTS temp.missing")
    ask(f"""CREATE TEMPORARY TABLE missing AS SELECT trial FROM other.trials WHERE {RESULT}
            AND trial NOT IN (SELECT trial FROM main.trials WHERE {RESULT})""")
    if trials is not None:
        ask("DELETE FROM missing WHERE trial NOT IN (SELECT value FROM json_each(?))", (json.dumps(list(trials)),))
    ask("DELETE FROM main.trials WHERE trial IN (SELECT trial FROM missing)")  # errors, and curves with them
    taken = ask(f"INSERT INTO main.trials ({names}) SELECT {names} FROM other.trials JOIN missing USING (trial)")
    ask("INSERT INTO main.curves SELECT curves.* FROM other.curves AS curves JOIN missing USING (trial)")
    return taken.rowcount


def shared(connection: sqlite3.Connection) -> tuple[int, int]:
    """How many results both have, and of how many of those the reported value, or that it diverged, differs."""
    count, differing = connection.execute(
        f"""SELECT count(*), coalesce(sum(here.value IS NOT there.value OR here.status IS NOT there.status), 0)
            FROM (SELECT * FROM main.trials WHERE {RESULT}) AS here
            JOIN (SELECT * FROM other.trials WHERE {RESULT}) AS there USING (trial)"""
    ).fetchone()
    return int(count), int(differing)
