"""Ctrl-C, whenever it comes: what is stored is said, and nothing else."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.cli.test_run import rows


def heeding() -> None:
    """A shell's background job would have Ctrl-C ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_says_what_is_stored_and_how_to_go_on(rnnbench: Command, tmp_path: Path) -> None:
    flags = ["--task", "latching", "--cell", "srnn,lstm", "--hidden", "1", "--length", "4,6", "--repeats", "2"]
    flags += ["--set", "sequences=100", "--set", "validation=20", "--set", "test=20", "--set", "clip=none,norm,value"]
    flags += ["--set", "updates=60"]
    command = [sys.executable, "-m", "rnnbench", "run", *flags, "--accelerator", "cpu", "--jobs", "1", "--json"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeding,
    ) as process:
        assert process.stdout is not None
        while json.loads(process.stdout.readline())["event"] != "finished":
            pass
        os.kill(process.pid, signal.SIGINT)
        asked = time.monotonic()
        assert process.wait(timeout=10) == 130
        assert time.monotonic() - asked < 2
        _, errors = process.communicate(timeout=20)
    assert len(errors.splitlines()) == 2, errors
    told, onward = errors.splitlines()
    stored = re.fullmatch(r"interrupted: (\d+) of 24 trials of latching-srnn-lstm are in rnnbench.sqlite\.", told)
    assert stored is not None
    assert 0 < int(stored[1]) < 24
    assert onward == f"go on with: {shlex.join(['rnnbench', *command[3:]])}"
    rest = rnnbench(*shlex.split(onward.partition(": ")[2])[1:-1])
    assert rest.code == 0
    assert f"{24 - int(stored[1])} trained now" in rest.out
    assert rows(tmp_path).status.tolist() == ["ok"] * 24


@pytest.mark.parametrize("seconds", [1.2, 2.0])
def test_while_anything_is_imported(tmp_path: Path, seconds: float) -> None:
    """A terminal tells the whole group of processes, the fork server among them."""
    with subprocess.Popen(
        [sys.executable, "-m", "rnnbench", "run", "latching"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heeding,
    ) as process:
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert [line.partition(":")[0] for line in errors.splitlines()] in ([], ["interrupted", "go on with"]), errors


BORN = """
from multiprocessing import forkserver
from pathlib import Path
from rnnbench.execute.worker import warm_up

warm_up()
print(Path(f"/proc/{forkserver._forkserver._forkserver_pid}/status").read_text())
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells")
def test_the_fork_server_never_hears_of_it(tmp_path: Path) -> None:
    """From its first moment on, when it has no handler yet."""
    done = subprocess.run(
        [sys.executable, "-c", BORN], cwd=tmp_path, capture_output=True, text=True, preexec_fn=heeding
    )
    masks = dict(re.findall(r"^(SigBlk|SigIgn):\s*(\w+)$", done.stdout, re.MULTILINE))
    deaf = int(masks["SigBlk"], 16) | int(masks["SigIgn"], 16)
    assert deaf & 1 << signal.SIGINT - 1, done.stdout
