"""What a disk or a hand has damaged is told in a line, with the trial and the way out."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import SMALL, Command

DAMAGES = {
    "no JSON": ("trials", "spec = '{'", "spec of trial"),
    "a list": ("trials", "spec = '[]'", "spec of trial"),
    "no protocol": ("trials", "spec = '{}'", "spec of trial"),
    "versions": ("trials", "versions = 'x'", "versions of trial"),
    "a word": ("trials", "value = 'abc'", "value of trial"),
    "half a point": ("curves", "points = x'00'", "the curve validation_value of trial"),
    "a study": ("runs", "study = '[]'", "the study of run 'latching-srnn' is not what rnnbench writes"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_told(damage: str, rnnbench: Command, tmp_path: Path) -> None:
    table, change, told = DAMAGES[damage]
    assert rnnbench("run", *SMALL, "--quiet").code == 0
    with closing(sqlite3.connect(tmp_path / "rnnbench.sqlite")) as opened, opened:
        opened.execute(f"UPDATE {table} SET {change}")
    for words in (["report"], ["export", "x.csv", "--run", "latching-srnn"]):
        if table != "curves" or words == ["report"]:
            done = rnnbench(*words)
            assert done.code == 2, done.out
            assert done.err.startswith("error: the store is damaged: ")
            assert told in done.err
            assert len(done.err.splitlines()) == 1
