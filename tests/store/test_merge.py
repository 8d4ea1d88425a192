"""Trials of several stores in one: what is missing is taken, what is there stays, and what is no store is refused."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from rnnbench.errors import StoreError
from rnnbench.store.row import Curve
from rnnbench.store.schema import MIGRATIONS
from rnnbench.store.store import Store
from tests.store.test_store import row


def curve(value: float) -> dict[str, Curve]:
    return {"train_loss": Curve(np.array([1], dtype=np.int32), np.array([value], dtype=np.float32))}


def test_what_is_missing_or_an_error_is_taken(tmp_path: Path) -> None:
    with Store(tmp_path / "other.sqlite", create=True) as other:
        other.add([row(name, value=0.5, curves=curve(0.5)) for name in ("new", "failed here", "known")])
        other.add([row("failed there", status="error"), row("sick", status="diverged")])
    with Store(tmp_path / "own.sqlite", create=True) as own:
        own.add([row("known", value=1.0, curves=curve(1.0)), row("failed here", status="error", curves=curve(9.0))])
        assert own.take_from(tmp_path / "other.sqlite").copied == 3
        assert own.finished() == {"known", "new", "failed here", "sick"}
        table = own.trials().set_index("trial")
        assert table.loc["known", "value"] == 1.0, "what is there stays"
        assert table.loc["failed here", "status"] == "ok"
        points = {name: own.curve(name, "train_loss") for name in ("known", "new", "failed here")}
        assert {name: found.points.tolist() for name, found in points.items() if found} == {
            "known": [1.0], "new": [0.5], "failed here": [0.5],
        }  # fmt: skip
        assert own.take_from(tmp_path / "other.sqlite").copied == 0
        assert own.runs() == []


def test_a_store_from_before_the_latest_column_is_read(tmp_path: Path) -> None:
    with Store(tmp_path / "other.sqlite", create=True) as other:
        other.add([row("one")])
    connection = sqlite3.connect(tmp_path / "other.sqlite")
    connection.execute("ALTER TABLE trials DROP COLUMN operations")
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) - 1}")
    connection.close()
    with Store(tmp_path / "own.sqlite", create=True) as own:
        assert own.take_from(tmp_path / "other.sqlite").copied == 1
        assert own.trials()["operations"].isna().all()


def test_nothing_is_taken_of_what_cannot_be_read_to_its_end(tmp_path: Path) -> None:
    with Store(tmp_path / "other.sqlite", create=True) as other:
        other.add([row("one")])
    connection = sqlite3.connect(tmp_path / "other.sqlite")
    connection.execute("DROP TABLE curves")
    connection.close()
    with Store(tmp_path / "own.sqlite", create=True) as own:
        with pytest.raises(StoreError, match=r"store .*other\.sqlite cannot be used: no such table"):
            own.take_from(tmp_path / "other.sqlite")
        assert own.finished() == set()
        own.add([row("two")])  # and it goes on
