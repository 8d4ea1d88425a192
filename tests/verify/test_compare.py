"""Every column of a store is compared, or it is said why not."""

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from rnnbench.store.row import Curve, TrialRow
from rnnbench.store.store import Store
from rnnbench.verify.compare import CIRCUMSTANCES, COLUMNS, MAYBE_MISSING, NAMES, compare

COMPARED = [(stage, column) for stage, columns in COLUMNS.items() for column in columns]
NEVER_MISSING = ("spec", "hidden", "length", "seed", "status")
ROW = TrialRow(
    trial="a", spec="{}", task="latching", cell="srnn", hidden=1, length=3, seed=0, status="ok", diverged_at=5,
    metric="accuracy", chance=0.5, success_rule="rule", reported="test", value=0.1, success=True, updates=4,
    updates_to_success=2, train_loss=0.2, train_value=0.3, validation_loss=0.4, validation_value=0.5,
    validation_by_class=[0.5, None], test_loss=0.6, test_value=0.1, test_by_class=[0.1], parameters=6, state_size=1,
    operations=7, precision="32", weights_layout=[("w", [1])], initial_weights=b"1234", final_weights=b"5678",
    curves={"train_loss": Curve(np.array([1, 2], np.int32), np.array([0.5, 0.25], np.float32))},
)  # fmt: skip


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """The same trial in two stores."""
    one, other = tmp_path / "one.sqlite", tmp_path / "other.sqlite"
    with Store(one, create=True) as store:
        store.add([ROW])
    shutil.copy(one, other)
    return one, other


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        assert connection.execute(statement).rowcount == 1
    connection.close()


def test_no_column_is_forgotten(two: tuple[Path, Path]) -> None:
    connection = sqlite3.connect(two[0])
    columns = [name for _, name, *_ in connection.execute("PRAGMA table_info(trials)")]
    connection.close()
    named = [*(column for _, column in COMPARED), *NAMES, *CIRCUMSTANCES, "trial"]
    assert sorted(columns) == sorted(named)


def test_a_copy_is_the_same(two: tuple[Path, Path]) -> None:
    found = compare(*two)["a"]
    assert (found.differs, found.with_start, found.with_weights, found.stage) == ([], True, True, "")


@pytest.mark.parametrize(("stage", "column"), COMPARED)
def test_a_change_of_any_column_is_found(stage: str, column: str, two: tuple[Path, Path]) -> None:
    value = "'diverged'" if column == "status" else "x'00'" if "weights" in column else "'{ }'"
    change(two[1], f"UPDATE trials SET {column} = {value}")
    found = compare(*two)["a"]
    assert (found.differs, found.stage) == ([column], stage)


@pytest.mark.parametrize("column", [column for _, column in COMPARED if column not in NEVER_MISSING])
def test_what_is_missing_differs_unless_it_may_be(column: str, two: tuple[Path, Path]) -> None:
    change(two[1], f"UPDATE trials SET {column} = NULL")
    for stores in (two, two[::-1]):
        assert compare(*stores)["a"].differs == ([] if column in MAYBE_MISSING else [column])


def test_the_last_bit_of_a_number_counts(two: tuple[Path, Path]) -> None:
    change(two[1], f"UPDATE trials SET train_loss = {np.nextafter(0.2, 1)!r}".replace("np.float64(", "").rstrip(")"))
    assert compare(*two)["a"].differs == ["train_loss"]


@pytest.mark.parametrize("column", ["points", "updates"])
def test_curves_are_compared(column: str, two: tuple[Path, Path]) -> None:
    change(two[1], f"UPDATE curves SET {column} = zeroblob(8)")
    assert compare(*two)["a"].differs == ["curve train_loss"]


def test_a_curve_that_is_stored_must_come_out_and_others_may(two: tuple[Path, Path]) -> None:
    change(two[1], "INSERT INTO curves SELECT trial, 'test_value', updates, points FROM curves")
    assert compare(*two)["a"].differs == ["curve test_value"]
    assert compare(*two[::-1])["a"].differs == []


def test_trials_of_one_store_alone_are_not_compared(two: tuple[Path, Path]) -> None:
    change(two[1], "UPDATE trials SET trial = 'b'")
    assert compare(*two) == {}
