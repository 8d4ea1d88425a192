"""Help, lists and completion are instant because they import nothing heavy."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import rnnbench as package
from tests.cli.conftest import SMALL, Command

ROOT = Path(package.__file__).parents[1]
HEAVY = ("torch", "numba", "pytorch_lightning", "pandas", "seaborn", "matplotlib", "scipy")
PROBE = """
import sys
sys.argv = ["rnnbench", *{words!r}]
from rnnbench.cli.app import app
try:
    app()
except SystemExit as end:
    assert not end.code, end.code
print("HEAVY", sorted(set({heavy!r}) & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["run", "--help"],
        ["bench", "--help"],
        ["--version"],
        ["list", "tasks"],
        ["list", "cells"],
        ["list", "optimisers"],
        ["list", "studies"],
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_imported(words: list[str]) -> None:
    code = PROBE.format(words=words, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"
    assert len(done.stdout.splitlines()) > 1


@pytest.mark.parametrize("words", [["quick", "--set", "learning_rate=-1"], ["--task", "latching", "--cell", "lstn"]])
def test_mistakes_in_words_are_found_before_anything_heavy_is_imported(words: list[str]) -> None:
    code = PROBE.format(words=["run", *words], heavy=HEAVY).replace("assert not end.code", "assert end.code == 2")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "HEAVY []\n"


def test_completion_imports_nothing_heavy() -> None:
    code = (
        "import sys; from rnnbench.cli import complete;"
        "print(complete.studies('la'), complete.tasks('bi'), complete.cells('ls'), complete.shown('adam'));"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['latching', 'latching-2018'] ['bit_relay'] ['lstm'] ['adam', 'adamw']\n[]\n"


def test_lists_tell_name_summary_and_source(rnnbench: Command) -> None:
    lines = [line.split(maxsplit=1) for line in rnnbench("list", "tasks").out.splitlines()]
    (at,) = [number for number, line in enumerate(lines) if line[0] == "latching" and line[1].startswith("Was")]
    assert lines[at][1] == "Was the first element high or low? Everything after it is noise."
    assert " ".join(lines[at + 1]) == "latching; chance 1/2; latching:2018"
    assert lines[at + 2][0].startswith("stats.stackexchange.com/questions/340898")
    cells = {cell["name"]: cell for cell in json.loads(rnnbench("list", "cells", "--json").out)}
    assert {"gru", "lstm", "srnn"} <= set(cells)
    assert (cells["lstm"]["kind"], cells["lstm"]["presets"][0]) == ("gated", "lstm:torch")
    studies = json.loads(rnnbench("list", "studies", "--json").out)
    assert {study["name"]: study["grid"] for study in studies}["latching-2018"] == (
        "1 task x 2 cells x 25 lengths x 30 repeats"
    )


def test_output_that_cannot_be_written_is_one_line() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no device that is always full")
    with full.open("w") as out:
        done = subprocess.run(
            [sys.executable, "-m", "rnnbench", "--help"], stdout=out, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["error: [Errno 28] No space left on device."]


def _in_a_shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What ``line`` does in ``folder``; ``$R`` is rnnbench."""
    environment = os.environ | {"R": f"{sys.executable} -m rnnbench", "PYTHONPATH": str(ROOT)}
    return subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    "line",
    [
        "$R --help >&-",
        "$R list cells >&-",
        "$R list cells <&- >&- 2>&-",
        f"$R run {' '.join(SMALL)} --quiet >&-",
        f"$R run {' '.join(SMALL)} <&- >&- 2>&-",
        "PYTHONIOENCODING=ascii $R show latching >/dev/null",
        "$R list tasks | true; exit ${PIPESTATUS[0]}",
    ],
    ids=lambda line: " ".join(line.split()[:3]),
)
def test_output_that_nobody_reads_or_that_has_few_letters_is_no_mistake(line: str, tmp_path: Path) -> None:
    done = _in_a_shell(line, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("words", ["list runs", "check x.py", "run"])
def test_a_working_folder_that_is_gone_is_one_line(words: str, tmp_path: Path) -> None:
    done = _in_a_shell(f"mkdir gone; cd gone; rmdir ../gone; $R {words}", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: the working folder does not exist any more: change to one that does.\n"
