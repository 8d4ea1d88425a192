"""``rnnbench verify``: stored trials trained again, stores that were tampered with, and what cannot be trained."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rnnbench.execute.options import Options
from rnnbench.execute.plan import estimate_seconds, plan
from rnnbench.rebuild import rebuild
from rnnbench.recurrence.processor import vector_registers
from rnnbench.trial import Trial
from rnnbench.verify.again import verify
from rnnbench.verify.draw import Draw
from rnnbench.words import duration
from tests.cli.conftest import SMALL, Command
from tests.cli.test_run import CELL

STORE = "rnnbench.sqlite"
CPU = Options(jobs=1, accelerator="cpu").settled()


def change(statement: str, values: Sequence[object] = ()) -> None:
    connection = sqlite3.connect(STORE)
    with connection:
        assert connection.execute(statement, values).rowcount >= 1
    connection.close()


def trials_of(store: str) -> list[Trial]:
    connection = sqlite3.connect(store)
    specs = [spec for (spec,) in connection.execute("SELECT spec FROM trials")]
    connection.close()
    return [rebuild(spec) for spec in specs]


def small(flag: str, value: str) -> list[str]:
    """The small run with another value after ``flag``."""
    return [value if before == flag else word for before, word in zip(("", *SMALL), SMALL, strict=False)]


def told(rnnbench: Command, *words: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(rnnbench("verify", "--jobs", "1", "--json", *words).out)
    return content


def counts(content: dict[str, Any]) -> tuple[int, int, int]:
    return content["identical"], content["different"], content["not_trained"]


def in_a_new_process(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Where no plug-in was ever read."""
    command = [sys.executable, "-m", "rnnbench", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)


def test_the_same_comes_out_bit_for_bit_and_the_store_stays(rnnbench: Command, tmp_path: Path) -> None:
    assert rnnbench("run", *SMALL).code == 0
    before = (tmp_path / STORE).read_bytes()
    done = rnnbench("verify", "--jobs", "1", "--seed", "5")
    assert done.code == 0, done.out + done.err
    head, identical, different, untrained, conclusion = done.out.splitlines()
    assert head == (
        f"{STORE}: 2 of 2 trials with a result, drawn at random (--seed 5 draws them again) and trained anew."
    )
    assert " ".join(identical.split()) == (
        "identical 2 every number and curve that is stored, and all weights, bit for bit"
    )
    assert [different.split(), untrained.split()] == [["different", "0"], ["not", "trained", "0"]]
    assert conclusion == "these are all with a result that the store has."
    assert (tmp_path / STORE).read_bytes() == before


def test_it_says_how_far_it_is_and_how_much_there_is_to_do(rnnbench: Command) -> None:
    assert rnnbench("run", *SMALL).code == 0
    said: list[str] = []
    verify(Path(STORE), Draw(2, 0, None), Options(jobs=1, accelerator="cpu"), said.append)
    about = duration(estimate_seconds(plan(trials_of(STORE), CPU), CPU))
    assert about != "0 s"
    assert said[0] == f"training 2 again, about {about} in all: 0 done"
    assert said[-1] == f"training 2 again, about {about} in all: 2 done"


@pytest.mark.parametrize(
    ("statement", "stage", "what"),
    [
        ("UPDATE trials SET cell = 'gru', length = 500 WHERE seed = 1", "record", "cell"),
        ("UPDATE trials SET initial_weights = zeroblob(24) WHERE seed = 1", "start", "initial_weights"),
        ("UPDATE trials SET train_loss = train_loss * (1 + 1e-15) WHERE seed = 1", "training", "train_loss"),
        ("UPDATE trials SET value = value + 0.25, success = 1 - success WHERE seed = 1", "evaluation", "value"),
    ],
)
def test_what_was_changed_is_found(statement: str, stage: str, what: str, rnnbench: Command) -> None:
    assert rnnbench("run", *SMALL).code == 0
    change(statement)
    content = told(rnnbench)
    assert counts(content) == (1, 1, 0)
    assert content["share_differing"] == [0.5, 0.5]
    (other,) = content["not_identical"]
    assert (other["seed"], other["from"], what in other["differs"]) == (1, stage, True)
    assert (other["stored"]["success"] != other["here"]["success"]) == ("success" in statement)
    assert rnnbench("verify", "--jobs", "1").code == 1


def test_a_person_reads_where_it_differs_and_whether_that_matters(rnnbench: Command) -> None:
    assert rnnbench("run", *SMALL).code == 0
    change("UPDATE trials SET value = 0.25, success = 1 WHERE seed = 1")
    change("""UPDATE trials SET versions = '{"torch": "1.0"}', device = 'cpu (old)' WHERE seed = 1""")
    lines = rnnbench("verify", "--jobs", "1").out.splitlines()
    assert lines[2].split() == ["different", "1", "1", "from", "evaluation", "on"]
    assert "latching srnn length 3 seed 1: 0.25 (solved) there, " in lines[4]
    assert "1 solved there alone, 0 here alone; the values reported are up to 0." in lines[5]
    assert [line.split(",")[0] for line in lines[6:8]] == ["device: cpu (old) there", "torch: 1.0 there"]


def test_one_that_diverged_there_alone_has_no_number_to_compare(rnnbench: Command) -> None:
    assert rnnbench("run", *SMALL).code == 0
    change("UPDATE trials SET status = 'diverged', value = NULL, success = 0 WHERE seed = 1")
    out = rnnbench("verify", "--jobs", "1").out
    assert "seed 1: diverged there, " in out
    assert "those that differ: solved in both or in neither; none has a number in both" in out


def test_one_that_diverges_does_so_again(rnnbench: Command) -> None:
    assert rnnbench("run", *SMALL, "--set", "learning_rate=1e30").code == 0
    connection = sqlite3.connect(STORE)
    assert {status for (status,) in connection.execute("SELECT status FROM trials")} == {"diverged"}
    connection.close()
    assert rnnbench("verify", "--jobs", "1").code == 0


def test_a_sample_is_drawn_by_its_seed_and_from_its_run(rnnbench: Command) -> None:
    assert rnnbench("run", *SMALL, "--repeats", "9", "--name", "many").code == 0
    assert rnnbench("run", *small("--length", "4"), "--name", "few").code == 0
    one, same, other = (told(rnnbench, "--trials", "5", "--seed", seed) for seed in ("1", "1", "2"))
    assert one == same
    assert len(one["drawn"]) == 5
    assert one["drawn"] != other["drawn"]
    assert [told(rnnbench, "--trials", "1")["seed"] for _ in range(2)] != [0, 0]  # any, and said
    few = told(rnnbench, "--run", "few")
    assert (few["trials"], counts(few)) == (2, (2, 0, 0))
    change("DELETE FROM trials WHERE length = 4 AND seed = 0")
    change("UPDATE trials SET status = 'error' WHERE length = 3 AND seed = 0")
    assert told(rnnbench, "--run", "few")["missing"] == 1
    assert told(rnnbench)["errors_and_skipped"] == 1


def test_a_model_too_large_for_its_weights_is_compared_without(rnnbench: Command) -> None:
    large = small("--hidden", "40")
    assert rnnbench("run", *large).code == 0
    done = rnnbench("verify", "--jobs", "1")
    assert (done.code, "stored (there are no weights)" in done.out) == (0, True)
    change("UPDATE trials SET train_loss = 0")
    assert told(rnnbench)["not_identical"][0]["from"] == "start or training"
    assert rnnbench("run", *large, "--weights", "--again").code == 0
    change("UPDATE trials SET final_weights = zeroblob(length(final_weights))")
    assert told(rnnbench)["not_identical"][0]["differs"] == ["final_weights"]


def test_the_kernel_of_a_row_runs_again(rnnbench: Command) -> None:
    assert rnnbench("run", *SMALL, "--kernel", "eager").code == 0
    change("UPDATE trials SET value = -1 WHERE seed = 1")
    (other,) = told(rnnbench)["not_identical"]
    assert (other["stored"]["kernel"], other["here"]["kernel"], other["from"]) == ("eager", "eager", "evaluation")
    change("UPDATE trials SET kernel = 'triton', device = 'cuda (A GPU)'")
    done = rnnbench("verify", "--jobs", "1")
    assert done.code == 3, done.out
    assert "not trained: 2, --accelerator cuda: this machine has none." in done.out
    assert "kernel: triton there, numba here" in rnnbench("verify", "--jobs", "1", "--accelerator", "cpu").out


def test_a_cell_that_changed_since_or_is_missing_is_said_to_be(rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(CELL)
    assert rnnbench("run", *SMALL, "--cell", "dropped_cell", "--plugin", "own.py").code == 0
    assert rnnbench("verify", "--plugin", "own.py").code == 0
    (tmp_path / "own.py").write_text(CELL.replace("0.9", "0.8"))
    done = rnnbench("verify", "--plugin", "own.py")
    assert done.code == 3
    assert "not trained: 2, cell dropped_cell[a=0.9] is of another version here" in done.out
    change("DELETE FROM trials WHERE cell = 'srnn'")
    assert "nothing was trained, so nothing is known." in rnnbench("verify", "--plugin", "own.py").out
    missing = in_a_new_process("verify").stdout
    assert "not trained: 2, unknown cell 'dropped_cell' here; its run had --plugin own.py" in missing


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("spec", "{bad", "damaged"),
        ("spec", "{}", "damaged"),
        ("spec", "$.protocol.label_smoothing", "later version"),
        ("spec", "$.protocol.learning_rate", "does not give its id"),
        ("versions", "{bad", ""),
        ("versions", "[1]", ""),
        ("value", "high", ""),
        ("value", None, ""),
    ],
)
def test_rows_that_are_damaged_or_of_a_later_version(
    column: str, value: str | None, reason: str, rnnbench: Command
) -> None:
    assert rnnbench("run", *SMALL).code == 0
    if value is not None and value.startswith("$"):
        change("UPDATE trials SET spec = json_set(spec, ?, 0.5)", [value])
    else:
        change(f"UPDATE trials SET {column} = ?", [value])
    done = rnnbench("verify", "--jobs", "1")
    assert (done.code, reason in done.out) == (3 if reason else 1 if column == "value" else 0, True), done.out
    told(rnnbench)


def test_mistakes_are_told(rnnbench: Command) -> None:
    assert rnnbench("verify").err == (
        f"error: there is no store at {STORE}: run a study first, or name another with --store.\n"
    )
    assert rnnbench("run", *SMALL, "--name", "mine").code == 0
    done = rnnbench("verify", "--jobs", "0")
    assert (done.code, done.err) == (2, "error: --jobs must be at least 1, got 0.\n")
    done = rnnbench("verify", "--run", "mime")
    assert (done.code, "mine" in done.err) == (2, True)
    change("UPDATE trials SET status = 'error'")
    done = rnnbench("verify")
    assert (done.code, done.err) == (2, f"error: store {STORE} has no trial with a result to compare with.\n")


def test_a_polite_kill_leaves_nothing_behind(rnnbench: Command, tmp_path: Path) -> None:
    slow = "        time.sleep(float(os.environ.get('SECONDS_A_STEP', 0)))\n        h ="
    (tmp_path / "own.py").write_text("import os, time\n" + CELL.replace("        h =", slow))
    words = [*small("--cell", "dropped_cell"), "--plugin", "own.py", "--kernel", "eager"]
    assert rnnbench("run", *words).code == 0
    temporary = Path(tempfile.mkdtemp())  # a short path, for a socket
    command = [sys.executable, "-m", "rnnbench", "verify", "--jobs", "1", "--plugin", "own.py"]
    environment = os.environ | {"TMPDIR": str(temporary), "SECONDS_A_STEP": "10"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    while process.poll() is None and not list(temporary.glob("rnnbench-verify-*/here.sqlite")):
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, "nothing of it is kept" in err) == (143, True), err
    assert not [*temporary.glob("rnnbench-*"), *temporary.glob("pymp-*")]
    shutil.rmtree(temporary)


def test_a_temporary_folder_too_deep_for_a_socket_is_said_to_be(rnnbench: Command, tmp_path: Path) -> None:
    assert rnnbench("run", *SMALL).code == 0
    deep = tmp_path / ("a" * 100)
    deep.mkdir()
    done = in_a_new_process("verify", TMPDIR=str(deep))
    told = f"error: {deep} is too long a path for a socket: set TMPDIR to a shorter folder.\n"
    assert (done.returncode, done.stderr) == (2, told)


@pytest.mark.skipif(vector_registers() != "AVX-512", reason="no AVX-512, so nothing else to compile for")
def test_other_vector_registers_are_named_where_results_differ(rnnbench: Command) -> None:
    assert rnnbench("run", *SMALL).code == 0
    features = "+sse2,+ssse3,+sse4.1,+sse4.2,+popcnt,+avx,+avx2,+fma,+bmi,+bmi2,+f16c"
    done = in_a_new_process("verify", NUMBA_CPU_NAME="haswell", NUMBA_CPU_FEATURES=features)
    assert "vector registers: AVX-512 there, AVX2 here" in done.stdout
    assert done.stdout.splitlines()[2].split()[:2] == ["different", "2"], done.stdout
