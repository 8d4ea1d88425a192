"""The store: what goes in comes out, whole batches or nothing, and files that are not ours."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnbench.errors import StoreError, UnknownName
from rnnbench.store.row import Curve, TrialRow
from rnnbench.store.schema import MIGRATIONS
from rnnbench.store.store import Store


def row(trial: str, **changes: Any) -> TrialRow:
    values: dict[str, Any] = {
        "spec": "{}",
        "task": "t",
        "cell": "c",
        "hidden": 1,
        "length": 5,
        "seed": 0,
        "status": "ok",
    }
    return TrialRow(trial=trial, **(values | changes))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite", create=True)


def test_round_trip(store: Store) -> None:
    curve = Curve(np.array([1, 5], dtype=np.int32), np.array([0.5, 0.25], dtype=np.float32))
    run = store.begin_run("name", {"a": 1}, "rnnbench run name", ["one", "two"])
    weights = np.arange(3, dtype=np.float32).tobytes()
    values = {"value": 0.75, "success": True, "test_by_class": [1.0, None], "versions": {"torch": "2"}}
    layout = [("cell.w", [3])]
    store.add([row("one", **values, final_weights=weights, weights_layout=layout, curves={"train_loss": curve})])
    (kept,) = store.trials(run, weights=True).to_dict("records")
    assert (kept["value"], kept["success"], kept["test_by_class"]) == (0.75, 1, [1.0, None])
    assert kept["final_weights"] == weights
    assert store.curves(run, "train_loss").to_dict("list") == {
        "trial": ["one", "one"],
        "update": [1, 5],
        "value": [0.5, 0.25],
    }
    assert store.curves(run, "test_loss").empty
    (told,) = store.runs()
    assert (told.name, told.study, told.planned, told.stored, told.finished) == ("name", {"a": 1}, 2, 1, None)
    store.finish_run(run)
    assert store.latest("name").finished is not None


def test_a_later_row_replaces_the_earlier_and_its_curves(store: Store) -> None:
    curve = Curve(np.array([1], dtype=np.int32), np.array([1.0], dtype=np.float32))
    run = store.begin_run("n", {}, "", ["one"])
    store.add([row("one", status="error", reason="no", curves={"old": curve})])
    assert store.finished() == set()
    store.add([row("one", curves={"new": curve})])
    assert store.finished() == {"one"}
    assert len(store.trials()) == 1
    assert store.curves(run, "old").empty
    assert len(store.curves(run, "new")) == 1


def test_a_batch_is_kept_whole_or_not_at_all(store: Store) -> None:
    with pytest.raises(StoreError, match="CHECK constraint failed"):
        store.add([row("one"), row("two", status="nonsense")])
    assert store.trials().empty


def test_reading_while_another_writes(store: Store) -> None:
    store.add([row("one")])
    writer = sqlite3.connect(store.path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE trials SET status = 'error'")
    with Store(store.path) as reader:
        assert reader.trials().status.tolist() == ["ok"]
    writer.execute("COMMIT")
    assert store.trials().status.tolist() == ["error"]
    writer.close()


def test_several_make_a_store_and_write_at_once(tmp_path: Path) -> None:
    """As runs on one machine do; each waits for the others."""
    writers, ready = 6, threading.Barrier(6)

    def write(path: Path, first: int) -> None:
        ready.wait()
        with Store(path, create=True) as store:
            run = store.begin_run(f"from {first}", {}, "", [f"{first}", f"{first + 1}"])
            for seed in (first, first + 1):
                store.add([row(f"{seed}", seed=seed)])
            store.finish_run(run)

    with ThreadPoolExecutor(writers) as pool:
        for number in range(20):
            path = tmp_path / f"{number}.sqlite"
            list(pool.map(write, [path] * writers, range(0, 2 * writers, 2)))
            with Store(path) as store:
                assert sorted(store.trials()["seed"]) == list(range(2 * writers))
                assert {run.stored for run in store.runs()} == {2}


def test_the_change_to_write_ahead_waits_for_who_holds_the_file(tmp_path: Path) -> None:
    """SQLite itself answers at once that it is locked, whatever the time that was given."""
    path = tmp_path / "held.sqlite"
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("CREATE TABLE other (x)")
    holder.execute("DROP TABLE other")
    holder.execute("BEGIN")
    holder.execute("SELECT count(*) FROM sqlite_master").fetchone()  # a reader of the old journal
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        sqlite3.connect(path, timeout=60, isolation_level=None).execute("PRAGMA journal_mode = WAL")
    threading.Timer(0.3, lambda: holder.execute("COMMIT")).start()
    with Store(path, create=True) as store:
        assert store.runs() == []
    holder.close()


def test_unknown_run(store: Store) -> None:
    store.begin_run("latching", {}, "", [])
    with pytest.raises(UnknownName) as error:
        store.latest("laching")
    assert str(error.value) == (
        "unknown run in this store 'laching'. Did you mean 'latching'? Known runs in this store: latching."
    )


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE t (a)")
    other.close()


def _newer(path: Path) -> None:
    Store(path, create=True).__exit__()
    with sqlite3.connect(path) as other:
        other.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    other.close()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "there is no store at {path}: run a study first, or name another with --store."),
        (lambda path: path.mkdir(), "store {path} is a folder; --store names a file."),
        (lambda path: path.write_text("hello " * 100),
         "{path} is not a store: it is no SQLite file. Name another with --store."),
        (_foreign, "{path} is not a store: it is some other SQLite file. Name another with --store."),
        (_newer, "store {path} has schema 3, this rnnbench knows up to 2: upgrade rnnbench, "
                 "or name another store with --store."),
    ],
)  # fmt: skip
def test_files_that_are_no_store(tmp_path: Path, make: Any, message: str) -> None:
    path = tmp_path / "thing"
    make(path)
    with pytest.raises(StoreError) as error:
        Store(path)
    assert str(error.value) == message.format(path=path)


def test_a_missing_folder(tmp_path: Path) -> None:
    path = tmp_path / "none" / "store.sqlite"
    with pytest.raises(StoreError) as error:
        Store(path, create=True)
    assert str(error.value) == f"the folder of the store {path} does not exist; create it first."


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.touch()
    path = folder / "store.sqlite"
    with pytest.raises(StoreError) as error:
        Store(path, create=True)
    assert str(error.value) == f"the store {path} cannot be in {folder}: that is a file; name another with --store."


AS_NOBODY = """
    import os, sys
    from pathlib import Path
    import pandas, numpy
    from rnnbench.errors import StoreError
    from rnnbench.store.place import check_place
    from rnnbench.store.store import Store

    def say(what, **how):
        try:
            print(what(path, **how) or "yes")
        except StoreError as error:
            print(error)

    def read(path):
        with Store(path) as store:
            return len(store.trials())

    read(Path(sys.argv[1]))  # whatever is imported late is imported now
    if os.geteuid() == 0:
        os.setuid(65534)
    for path in map(Path, sys.argv[1:]):
        say(read)
        say(check_place, writing=True)
"""


def test_places_without_the_right_to_write() -> None:
    with tempfile.TemporaryDirectory() as top:  # pytest's own folder is nobody else's to look into
        open_to_all, closed, hidden = (Path(top) / name for name in ("open", "closed", "hidden"))
        for folder in (open_to_all, closed, hidden):
            folder.mkdir()
            with Store(folder / "store.sqlite", create=True) as store:
                store.add([row("one"), row("two")])
        (closed / "link.sqlite").symlink_to(open_to_all / "store.sqlite")
        (open_to_all / "link.sqlite").symlink_to(closed / "store.sqlite")
        for place, mode in {Path(top): 0o755, open_to_all: 0o777, closed: 0o555, hidden: 0o000}.items():
            place.chmod(mode)
        for place in open_to_all.glob("store.sqlite*"):
            place.chmod(0o666)
        paths = [open_to_all / "store.sqlite", closed / "link.sqlite", closed / "store.sqlite",
                 open_to_all / "link.sqlite", hidden / "store.sqlite"]  # fmt: skip
        command = [sys.executable, "-c", textwrap.dedent(AS_NOBODY), *map(str, paths)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        finally:
            for place in (closed, hidden):
                place.chmod(0o755)
    no = "store {} may not be {}; name another with --store."
    expected = ["2", "yes", "2", "yes", "2", no.format(paths[2], "written"), "2", no.format(paths[3], "written"),
                no.format(paths[4], "read"), no.format(paths[4], "written")]  # fmt: skip
    assert done.stdout.splitlines() == expected


def test_kill_9_loses_nothing_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    script = textwrap.dedent(
        """
        import itertools, sys
        from pathlib import Path
        from tests.store.test_store import row
        from rnnbench.store.store import Store
        store = Store(Path(sys.argv[1]), create=True)
        for number in itertools.count():
            store.add([row(f"{number}-{part}") for part in range(3)])
            print(number, flush=True)
        """
    )
    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, cwd=root, text=True)
    assert process.stdout is not None
    for _ in range(50):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    acknowledged = 50 + len(process.stdout.read().splitlines())
    process.wait()
    process.stdout.close()
    with Store(path) as store:
        kept = store.trials().trial.tolist()
    assert len(kept) % 3 == 0
    assert acknowledged <= len(kept) // 3 <= acknowledged + 1
    assert {f"{number}-{part}" for number in range(acknowledged) for part in range(3)} <= set(kept)


def test_a_store_that_is_deleted_while_it_is_written_is_told(store: Store) -> None:
    """Without a word all would be lost: SQLite goes on writing to a file that no longer has a name."""
    store.add([row("one")])
    store.path.unlink()
    with pytest.raises(StoreError, match=r"was deleted or replaced while it was written: run it again\.$"):
        store.add([row("two")])
    store.path.touch()  # another file under the name is another store
    with pytest.raises(StoreError, match="was deleted or replaced"):
        store.finish_run(1)


@pytest.mark.parametrize("table", ["runs", "trials"])
def test_damaged_text_is_told_in_a_line(table: str, store: Store) -> None:
    store.begin_run("name", {}, "rnnbench run name", ["one"])
    store.add([row("one", test_by_class=[1.0])])
    column = {"runs": "study", "trials": "test_by_class"}[table]
    connection = sqlite3.connect(store.path)
    connection.execute(f"UPDATE {table} SET {column} = '[1.0'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match=r"cannot be used: damaged at .* or fetch it from a copy\.$"):
        store.runs() if table == "runs" else store.trials()
