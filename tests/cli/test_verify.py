"""``rnnbench verify``: stored trials trained again, stores that were tampered with, and what cannot be trained."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rnnbench.recurrence.processor import vector_registers
from tests.cli.conftest import SMALL, Command
from tests.cli.test_run import CELL

STORE = "rnnbench.sqlite"


def tamper(statement: str) -> Callable[[], None]:
    def change() -> None:
        connection = sqlite3.connect(STORE)
        with connection:
            assert connection.execute(statement).rowcount == 1
        connection.close()

    return change


def test_the_same_comes_out_bit_for_bit_and_the_store_stays(rnnbench: Command, tmp_path: Path) -> None:
    assert rnnbench("run", *SMALL).code == 0
    before = (tmp_path / STORE).read_bytes()
    done = rnnbench("verify", "--jobs", "1")
    assert done.code == 0, done.out + done.err
    head, identical, different, untrained, conclusion = done.out.splitlines()
    assert head == f"{STORE}: 2 of 2 trials, drawn at random, to be trained again."
    assert [line.split()[:2] for line in (identical, different)] == [["identical", "2"], ["different", "0"]]
    assert untrained.split() == ["not", "trained", "0"]
    assert conclusion == "these are all that the store has."
    assert (tmp_path / STORE).read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "stage", "what"),
    [
        ("UPDATE trials SET initial_weights = zeroblob(length(initial_weights)) WHERE seed = 1", "start",
         "initial_weights"),
        ("UPDATE trials SET train_loss = train_loss * (1 + 1e-15) WHERE seed = 1", "training", "train_loss"),
        ("UPDATE trials SET value = value + 0.25, success = 1 - success WHERE seed = 1", "evaluation", "value"),
        ("UPDATE curves SET points = zeroblob(length(points)) WHERE metric = 'train_loss' AND trial = "
         "(SELECT trial FROM trials WHERE seed = 1)", "training", "curve train_loss"),
    ],
)  # fmt: skip
def test_what_was_changed_is_found(statement: str, stage: str, what: str, rnnbench: Command) -> None:
    assert rnnbench("run", *SMALL).code == 0
    tamper(statement)()
    done = rnnbench("verify", "--jobs", "1", "--json")
    told = json.loads(done.out)
    assert done.code == 1
    assert (told["identical"], told["different"], told["not_trained"]) == (1, 1, 0)
    (other,) = told["not_identical"]
    assert (other["seed"], other["from"], what in other["differs"]) == (1, stage, True)
    assert told["share_differing"] == [0.5, 0.5]
    flipped = other["stored"]["success"] != other["here"]["success"]
    assert flipped == ("success" in statement)


def test_a_person_reads_where_it_differs_and_whether_that_matters(rnnbench: Command) -> None:
    assert rnnbench("run", *SMALL).code == 0
    tamper("UPDATE trials SET value = 0.25, success = 1 WHERE seed = 1")()
    tamper("""UPDATE trials SET versions = '{"torch": "1.0"}' WHERE seed = 1""")()
    lines = rnnbench("verify", "--jobs", "1").out.splitlines()
    assert lines[2].split() == ["different", "1", "1", "from", "evaluation", "on"]
    assert "latching srnn length 3 seed 1: 0.25 (solved) there, " in lines[4]
    assert "1 solved there alone, 0 here alone; the values reported are up to 0." in lines[5]
    assert lines[6].startswith("torch: 1.0, ")


def test_a_sample_is_drawn_by_its_seed(rnnbench: Command) -> None:
    assert rnnbench("run", *SMALL, "--repeats", "12").code == 0
    tamper("UPDATE trials SET value = -1 WHERE seed = 3")()
    found = [json.loads(rnnbench("verify", "--trials", "6", "--seed", str(seed), "--json").out) for seed in (0, 0, 1)]
    assert [told["drawn"] for told in found] == [6, 6, 6]
    assert found[0] == found[1]
    assert {told["different"] for told in map(verdict_of, range(4), [rnnbench] * 4)} == {0, 1}


def verdict_of(seed: int, rnnbench: Command) -> dict[str, int]:
    told: dict[str, int] = json.loads(rnnbench("verify", "--trials", "6", "--seed", str(seed), "--json").out)
    return told


def test_what_ran_eagerly_by_wish_does_so_again(rnnbench: Command) -> None:
    assert rnnbench("run", *SMALL, "--kernel", "eager").code == 0
    tamper("UPDATE trials SET value = -1 WHERE seed = 1")()
    (other,) = json.loads(rnnbench("verify", "--json").out)["not_identical"]
    assert (other["stored"]["kernel"], other["here"]["kernel"], other["from"]) == ("eager", "eager", "evaluation")


def test_a_cell_that_changed_since_or_is_missing_is_said_to_be(rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(CELL)
    assert rnnbench("run", *SMALL, "--cell", "dropped_cell", "--plugin", "own.py").code == 0
    assert rnnbench("verify", "--plugin", "own.py").code == 0
    (tmp_path / "own.py").write_text(CELL.replace("0.9", "0.8"))
    done = rnnbench("verify", "--plugin", "own.py")
    assert done.code == 1
    assert "not trained: 2, its task, its cell or its optimiser is another version here" in done.out
    assert "of the trials that can be trained here at most 77.6% differ here" in done.out  # 1 - 0.05^(1/2)
    tamper("DELETE FROM trials WHERE cell = 'srnn' AND seed = 0")()
    tamper("DELETE FROM trials WHERE cell = 'srnn' AND seed = 1")()
    assert "nothing was trained, so nothing is known." in rnnbench("verify", "--plugin", "own.py").out
    assert "not trained: 2, unknown cell 'dropped_cell'" in in_a_new_process("verify").stdout


def in_a_new_process(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Where no plug-in was ever read."""
    command = [sys.executable, "-m", "rnnbench", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)


def test_mistakes_are_told(rnnbench: Command) -> None:
    assert rnnbench("verify").err == (
        f"error: there is no store at {STORE}: run a study first, or name another with --store.\n"
    )
    assert rnnbench("run", *SMALL, "--name", "mine").code == 0
    done = rnnbench("verify", "--run", "mime")
    assert (done.code, "mine" in done.err) == (2, True)
    tamper("UPDATE trials SET status = 'error' WHERE seed = 1")()
    tamper("UPDATE trials SET status = 'error' WHERE seed = 0")()
    done = rnnbench("verify")
    told = f"error: store {STORE} has no trial with a result to compare with.\n"
    assert (done.code, done.err) == (2, told)


@pytest.mark.skipif(vector_registers() != "AVX-512", reason="no AVX-512, so nothing else to compile for")
def test_other_vector_registers_are_named_where_results_differ(rnnbench: Command, tmp_path: Path) -> None:
    assert rnnbench("run", *SMALL).code == 0
    features = "+sse2,+ssse3,+sse4.1,+sse4.2,+popcnt,+avx,+avx2,+fma,+bmi,+bmi2,+f16c"
    done = in_a_new_process("verify", NUMBA_CPU_NAME="haswell", NUMBA_CPU_FEATURES=features)
    assert "vector registers: AVX-512 there, AVX2 here" in done.stdout
    assert done.stdout.splitlines()[2].split()[:2] == ["different", "2"], done.stdout
