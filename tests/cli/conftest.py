"""The command line as a user meets it, in a folder of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rnnbench.cli.app import app

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
def rnnbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Call ``rnnbench`` with these words in ``tmp_path``, within this process: torch is imported once."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> Done:
        done = CliRunner().invoke(app, words, prog_name="rnnbench")
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Done(done.exit_code, done.stdout, done.stderr)

    return call
