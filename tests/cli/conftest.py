"""The command line as a user meets it: in a folder of its own, in a process of its own where that matters."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

SMALL = (
    *("--task", "latching", "--cell", "srnn", "--hidden", "1", "--length", "3", "--repeats", "2"),
    *("--set", "sequences=60", "--set", "validation=20", "--set", "test=20", "--set", "updates=4"),
    *("--accelerator", "cpu", "--jobs", "1"),
)
"""Flags of a run that takes a second or two."""


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def rnnbench(tmp_path: Path) -> Command:
    """Call ``rnnbench`` with these words in ``tmp_path``."""

    def call(*words: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "rnnbench", *words], capture_output=True, text=True, cwd=tmp_path, timeout=120
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return call
