"""The store's tables, as numbered migrations. Never edit one that was released: append."""

import sqlite3
from collections.abc import Iterator

APPLICATION_ID = 0x726E6E62  # "rnnb": tells our files from a stranger's SQLite file

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        study TEXT NOT NULL,           -- the study's definition as JSON
        command TEXT NOT NULL,
        started TEXT NOT NULL,         -- UTC, ISO 8601
        finished TEXT                  -- NULL while running or when interrupted
    );
    CREATE TABLE planned (
        run INTEGER NOT NULL REFERENCES runs(id),
        trial TEXT NOT NULL,
        PRIMARY KEY (run, trial)
    ) WITHOUT ROWID;
    CREATE TABLE trials (
        trial TEXT PRIMARY KEY,
        spec TEXT NOT NULL,            -- the resolved specification as JSON
        task TEXT NOT NULL,            -- as a person writes it
        cell TEXT NOT NULL,
        hidden INTEGER NOT NULL,
        length INTEGER NOT NULL,
        seed INTEGER NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('ok', 'diverged', 'error', 'skipped')),
        reason TEXT NOT NULL DEFAULT '',
        diverged_at INTEGER,           -- update
        metric TEXT,                   -- accuracy or mse
        chance REAL,
        success_rule TEXT,
        reported TEXT,                 -- test or validation
        value REAL,                    -- the reported metric
        success INTEGER,
        updates INTEGER,
        updates_to_success INTEGER,    -- first evaluation on validation that met the rule; NULL if none did
        train_loss REAL, train_value REAL,
        validation_loss REAL, validation_value REAL, validation_by_class TEXT,
        test_loss REAL, test_value REAL, test_by_class TEXT,
        parameters INTEGER, state_size INTEGER,
        wall_seconds REAL,             -- of the whole population, less compilation, divided by its members
        population INTEGER,            -- members trained together
        kernel TEXT, device TEXT, precision TEXT,
        weights_layout TEXT, initial_weights BLOB, final_weights BLOB,
        versions TEXT, git_commit TEXT, git_dirty INTEGER, host TEXT, finished TEXT
    );
    CREATE TABLE curves (
        trial TEXT NOT NULL REFERENCES trials(trial) ON DELETE CASCADE,
        metric TEXT NOT NULL,
        updates BLOB NOT NULL,         -- int32, little endian
        points BLOB NOT NULL,          -- float32, little endian
        PRIMARY KEY (trial, metric)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE trials ADD COLUMN operations INTEGER; -- of a step: multiply-adds and function evaluations
    """,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date in one transaction: who comes at the same time waits, and finds it done."""
    if _version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for script in MIGRATIONS[_version(connection) :]:
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _statements(script: str) -> Iterator[str]:
    """One by one: Python's sqlite3 ends a transaction before it runs a script."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    assert not statement.strip(), "a migration ends with a semicolon"
