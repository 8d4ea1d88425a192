"""The SQLite file where results live. Writers take turns; readers at any time."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnnbench.errors import StoreError, UnknownName
from rnnbench.store import DEFAULT_PATH
from rnnbench.store.labels import Labels, noted, united
from rnnbench.store.merging import RESULT, copy_missing, shared
from rnnbench.store.place import address, file_at, open_file
from rnnbench.store.row import Curve, TrialRow
from rnnbench.store.sound import require_whole, study_of

if TYPE_CHECKING:
    import pandas as pd

WAYS_OUT = {
    "full": "free disk space",
    "readonly": "see to its rights",
    "unable to open": "see to its rights",
    "malformed": "fetch it from a copy",
    "damaged": "fetch it from a copy",
}
"""By what SQLite says."""
TUNING = "tuning"
"""In a run's study: the number of the run that its values were chosen by."""
BINARY = ("initial_weights", "final_weights", "weights_layout")


@dataclass(frozen=True)
class Run:
    """One call of ``rnnbench run`` on one study."""

    id: int
    name: str
    study: dict[str, Any]
    command: str
    started: str
    finished: str | None
    planned: int
    """Trials of the study's grid."""
    stored: int
    """Trials of them that have a row."""


class Taken(NamedTuple):
    """What came of taking trials from another store."""

    copied: int
    shared: int
    """Trials of which both had a result."""
    differing: int
    """Those of them whose results are not the same."""


class Store:
    """Typed queries over the file. Use as a context manager."""

    def __init__(self, path: Path = DEFAULT_PATH, *, create: bool = False) -> None:
        """Open ``path``. Raises StoreError when it is missing, unreadable, not ours, or of a newer schema."""
        self.path = path
        with self._explained():
            self._connection = open_file(path, create)
        self._file = file_at(path) if create else None

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def begin_run(self, name: str, study: dict[str, Any], command: str, trials: Sequence[str]) -> int:
        """Note that a study is run and which trials it needs; returns the run's number."""
        with self._transaction():
            cursor = self._connection.execute(
                "INSERT INTO runs (name, study, command, started) VALUES (?, ?, ?, ?)",
                (name, json.dumps(study), command, now()),
            )
            run = int(cursor.lastrowid or 0)
            self._connection.executemany("INSERT INTO planned VALUES (?, ?)", [(run, trial) for trial in trials])
        return run

    def finish_run(self, run: int) -> None:
        """Note that ``run`` came to its end."""
        with self._transaction():
            self._connection.execute("UPDATE runs SET finished = ? WHERE id = ?", (now(), run))

    def add(self, rows: Iterable[TrialRow]) -> None:
        """Keep ``rows`` in one transaction, replacing earlier rows of the same trials."""
        with self._transaction():
            for row in rows:
                values = row.columns()
                names = ", ".join(values)
                marks = ", ".join("?" * len(values))
                self._connection.execute("DELETE FROM curves WHERE trial = ?", (row.trial,))
                self._connection.execute(
                    f"INSERT OR REPLACE INTO trials ({names}) VALUES ({marks})", list(values.values())
                )
                self._connection.executemany(
                    "INSERT INTO curves VALUES (?, ?, ?, ?)",
                    [
                        (row.trial, metric, curve.updates.astype("<i4").tobytes(), curve.points.astype("<f4").tobytes())
                        for metric, curve in row.curves.items()
                    ],
                )

    def take_from(self, other: Path, trials: Sequence[str] | None = None) -> Taken:
        """Copy what the store at ``other`` has and this one lacks, or has no result of, of ``trials`` or of all.

        Runs are not copied: a study that is run here finds its trials. Raises StoreError.
        """
        Store(other).close()  # says what is wrong with it, if anything is
        with self._explained(other):
            self._connection.execute("ATTACH DATABASE ? AS other", (address(other, create=False),))
            try:
                with self._transaction(), self._explained(other):
                    both = shared(self._connection)
                    return Taken(copy_missing(self._connection, trials), *both)
            finally:
                self._connection.execute("DETACH DATABASE other")

    def finished(self) -> set[str]:
        """Trials that need not be run again: all with a row except errors and what was skipped."""
        with self._explained():
            rows = self._connection.execute(f"SELECT trial FROM trials WHERE {RESULT}")
            return {trial for (trial,) in rows}

    def runs(self) -> list[Run]:
        """Every run, the latest first."""
        with self._explained():
            rows = self._connection.execute(
                """SELECT id, name, study, command, started, finished,
                          (SELECT count(*) FROM planned WHERE run = runs.id),
                          (SELECT count(*) FROM planned JOIN trials USING (trial) WHERE run = runs.id)
                   FROM runs ORDER BY id DESC"""
            ).fetchall()
            return [Run(row[0], row[1], study_of(row[1], row[2]), *row[3:]) for row in rows]

    def latest(self, name: str) -> Run:
        """The latest run called ``name``. Raises UnknownName."""
        runs = self.runs()
        for run in runs:
            if run.name == name:
                return run
        raise UnknownName("run in this store", name, {run.name for run in runs})

    def planned(self, name: str) -> set[str]:
        """The trials of the latest run called ``name``; none if there is none."""
        with self._explained():
            rows = self._connection.execute(
                "SELECT trial FROM planned WHERE run = (SELECT max(id) FROM runs WHERE name = ?)", (name,)
            )
            return {trial for (trial,) in rows}

    def trials(self, run: int | Run | None = None, *, weights: bool = False, as_stored: bool = False) -> "pd.DataFrame":
        """A row per stored trial (of ``run``, or all), columns as in the schema; ``*_by_class`` parsed to lists.

        Rows of one task or cell bear one label, the run's where it is asked for; ``as_stored`` they keep their own.
        """
        import pandas as pd

        run = run.id if isinstance(run, Run) else run
        where = "" if run is None else "JOIN planned USING (trial) WHERE planned.run = ?"
        with self._explained():
            cursor = self._connection.execute(
                f"SELECT trials.* FROM trials {where} ORDER BY task, cell, hidden, length, seed, trial",
                () if run is None else (run,),
            )
            table = pd.DataFrame(cursor.fetchall(), columns=[item[0] for item in cursor.description])
            for column in ("validation_by_class", "test_by_class"):
                table[column] = [json.loads(text) if isinstance(text, str) else None for text in table[column]]
        if "operations" not in table:  # a store from before that column, opened to read
            table["operations"] = None
        if not as_stored:
            table = united(table, {} if run is None else self._noted(run))
        return table if weights else table.drop(columns=list(BINARY))

    def row(self, trial: str) -> dict[str, Any]:
        """All columns of one trial, as it is stored. Raises StoreError where there is none of that id."""
        with self._explained():
            cursor = self._connection.execute("SELECT * FROM trials WHERE trial = ?", (trial,))
            names, found = [item[0] for item in cursor.description], cursor.fetchone()
            if found is None:
                (count,) = self._connection.execute("SELECT count(*) FROM trials").fetchone()
                raise StoreError(
                    f"unknown trial {trial!r}: store {self.path} has {count:,}, which `rnnbench export` lists, none of "
                    "that id."
                )
        return dict(zip(names, found, strict=True))

    def _noted(self, run: int) -> Labels:
        """The labels of a run; of one from before they were noted none."""
        with self._explained():
            row = self._connection.execute("SELECT study FROM runs WHERE id = ?", (run,)).fetchone()
        return noted(study_of(str(run), row[0])) if row else {}

    def command(self, trial: str) -> str | None:
        """The command of the latest run that asked for ``trial``; None if none did."""
        with self._explained():
            row = self._connection.execute(
                "SELECT command FROM runs JOIN planned ON run = id WHERE trial = ? ORDER BY id DESC LIMIT 1", (trial,)
            ).fetchone()
        return str(row[0]) if row else None

    def curve(self, trial: str, metric: str) -> Curve | None:
        """The curve ``metric`` of one trial; None if it has none."""
        with self._explained():
            row = self._connection.execute(
                "SELECT updates, points FROM curves WHERE trial = ? AND metric = ?", (trial, metric)
            ).fetchone()
        return Curve(np.frombuffer(row[0], "<i4"), np.frombuffer(row[1], "<f4")) if row else None

    def metrics(self) -> list[str]:
        """The names of all curves."""
        with self._explained():
            return [name for (name,) in self._connection.execute("SELECT DISTINCT metric FROM curves ORDER BY metric")]

    def curves(self, run: int | Run | None, metric: str) -> "pd.DataFrame":
        """Columns trial, update, value: the curve ``metric`` of every trial of ``run``, or of all."""
        import pandas as pd

        run = run.id if isinstance(run, Run) else run
        own = "" if run is None else "AND trial IN (SELECT trial FROM planned WHERE run = ?)"
        with self._explained():
            rows = self._connection.execute(
                f"SELECT trial, updates, points FROM curves WHERE metric = ? {own} ORDER BY trial",
                (metric,) if run is None else (metric, run),
            ).fetchall()
        require_whole(rows, metric)
        updates = [np.frombuffer(blob, "<i4") for _, blob, _ in rows]
        points = [np.frombuffer(blob, "<f4") for _, _, blob in rows]
        empty = np.zeros(0)
        return pd.DataFrame(
            {
                "trial": np.repeat([trial for trial, _, _ in rows], [len(item) for item in updates]),
                "update": np.concatenate([empty.astype("<i4"), *updates]),
                "value": np.concatenate([empty.astype("<f4"), *points]),
            }
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            if self._file != file_at(self.path):
                self._connection.execute("ROLLBACK")
                raise StoreError(f"store {self.path} was deleted or replaced while it was written: run it again.")
            self._connection.execute("COMMIT")

    @contextmanager
    def _explained(self, path: Path | None = None) -> Iterator[None]:
        """SQLite's complaints as one line with the file, this store's unless ``path`` is said, and the way out."""
        try:
            yield
        except (sqlite3.Error, json.JSONDecodeError) as error:
            text = f"damaged at {error}" if isinstance(error, json.JSONDecodeError) else str(error)
            ways = [way for sign, way in WAYS_OUT.items() if sign in text]
            also = f", or {ways[0]}" if ways else ""
            raise StoreError(
                f"store {path or self.path} cannot be used: {text}. Name another with --store{also}."
            ) from None


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
