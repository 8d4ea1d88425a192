"""Where a store lies: whether one can be there, whether what is there is one, and opening it."""

import os
import sqlite3
import time
from pathlib import Path

from rnnbench.errors import StoreError
from rnnbench.store.schema import APPLICATION_ID, MIGRATIONS, migrate

PATIENCE = 60
"""Seconds that a connection waits for others."""


def check_place(path: Path, *, writing: bool) -> None:
    """Raise StoreError where no store can be: the path is a folder, its own folder is none, or rights are missing.

    For reading, what is not there is no matter here.
    """
    real = Path(os.path.realpath(path))  # a link's file is written where it lies
    try:
        if real.is_dir():
            raise StoreError(f"store {path} is a folder; --store names a file.")
        if real.parent.is_file():
            raise StoreError(f"the store {path} cannot be in {path.parent}: that is a file; name another with --store.")
        if writing and not real.parent.exists():
            raise StoreError(f"the folder of the store {path} does not exist; create it first.")
        forbidden = writing and not all(os.access(place, os.W_OK) for place in (real.parent, real) if place.exists())
    except PermissionError:
        forbidden = True
    except OSError as error:  # a name that is too long, say
        raise StoreError(
            f"no store can be at {str(path)[:80]!r}: {error.strerror}; name another with --store."
        ) from None
    if forbidden:
        raise StoreError(f"store {path} may not be {'written' if writing else 'read'}; name another with --store.")


def open_file(path: Path, create: bool) -> sqlite3.Connection:
    """Open the store at ``path``, or make one. Raises StoreError, or sqlite3.Error where SQLite has the words."""
    check_place(path, writing=create)
    if not path.exists() and not create:
        raise StoreError(f"there is no store at {path}: run a study first, or name another with --store.")
    connection = sqlite3.connect(address(path, create), timeout=PATIENCE, isolation_level=None, uri=True)
    try:
        _check(connection, path, create)
        connection.execute("PRAGMA foreign_keys = ON")
        if create:
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Readers at any time. SQLite does not wait where another connection is making the same change, so this does."""
    last = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > last:
                raise
            time.sleep(0.01)
        else:
            return


def address(path: Path, create: bool) -> str:
    """SQLite's name of the file: as one that nobody changes, where a reader could not put SQLite's own files beside it.

    If they lie there, somebody else writes, and a reader needs no right to.
    """
    real = Path(os.path.realpath(path))
    still = not create and not os.access(real.parent, os.W_OK) and not Path(f"{real}-wal").exists()
    return f"{real.as_uri()}{'?immutable=1' if still else ''}"


def file_at(path: Path) -> tuple[int, int] | None:
    """What stands for the file that lies at ``path``; None if none does."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _check(connection: sqlite3.Connection, path: Path, create: bool) -> None:
    try:
        connection.execute("BEGIN")  # somebody else may be making it
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        if "not a database" not in str(error):
            raise
        raise StoreError(f"{path} is not a store: it is no SQLite file. Name another with --store.") from None
    if tables and application != APPLICATION_ID:
        raise StoreError(f"{path} is not a store: it is some other SQLite file. Name another with --store.")
    if not 0 <= version <= len(MIGRATIONS):
        raise StoreError(
            f"store {path} has schema {version}, this rnnbench knows up to {len(MIGRATIONS)}: upgrade rnnbench, "
            "or name another store with --store."
        )
    if not tables and not create:
        raise StoreError(f"the store {path} is empty: run a study first, or name another with --store.")
