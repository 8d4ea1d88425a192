"""``rnnbench bench`` with the smallest of settings."""

import json

import pytest

from tests.cli.conftest import Command

TINY = ("--length", "3", "--members", "2", "--rounds", "2", "--seconds", "0.001")
BRANCHING = '''
import torch
from rnnbench.cell import Cell
from rnnbench.registry import CELLS

@CELLS.register("branching_bench")
class Branching(Cell):
    """A branch on data."""

    source = "a test"

    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden)
        self.u = torch.nn.Parameter(torch.empty(inputs, hidden))

    def step(self, x, state):
        h = state[0] + (x if x.sum() > 0 else -x) @ self.u
        return h, (h,)
'''


def test_a_row_for_each_cell_size_and_kernel(rnnbench: Command) -> None:
    done = rnnbench("bench", "--cell", "srnn", "--hidden", "1,2", *TINY, "--kernel", "eager", "--json")
    rows = json.loads(done.out)
    assert done.code == 0
    assert [(row["cell"], row["hidden"], row["kernel"]) for row in rows] == [("srnn", 1, "eager"), ("srnn", 2, "eager")]
    assert [row["operations"] for row in rows] == [31, 74]
    for row in rows:
        assert row["times_eager"] == 1.0
        assert row["share"] == pytest.approx(row["operations"] * 1e9 / row["nanoseconds"] / row["peak"])


def test_the_table_names_what_ran(rnnbench: Command) -> None:
    done = rnnbench("bench", "--cell", "srnn", "--hidden", "1", *TINY, "--kernel", "eager,auto")
    assert done.code == 0
    rows = [line.split()[:5] for line in done.out.splitlines() if line.startswith(" srnn")]
    assert rows == [["srnn", "eager", "1", "3", "2"], ["srnn", "numba", "1", "3", "2"]]
    assert "limit:" in done.out


def test_a_reason_stands_below_the_table_once(rnnbench: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """The column of kernels stays narrow: a star leads to the reason."""
    monkeypatch.setenv("COLUMNS", "160")
    cell = "orthogonal[negative=0.5]"
    done = rnnbench("bench", "--cell", cell, "--hidden", "2", *TINY, "--kernel", "numba,auto")
    assert done.out.count(" numba * ") == 2
    assert (
        " ".join(done.out.split()).count(f"* {cell}: updates are not fused: in what is derived from parameters, aten.")
        == 1
    )
    assert done.out.count("[negative=0.5]") == 3, "in both rows too: brackets are no markup"


def test_a_cell_that_is_not_lowered_runs_eagerly_without_a_share(rnnbench: Command, tmp_path: object) -> None:
    (tmp_path / "branching.py").write_text(BRANCHING)  # type: ignore[operator]
    words = ("--plugin", "branching.py", "--cell", "branching_bench", "--hidden", "1", "--kernel", "auto", "--json")
    (row,) = json.loads(rnnbench("bench", *words, *TINY).out)
    assert row["ran"].startswith("eager (branching_bench is not lowered")
    assert (row["operations"], row["share"], row["times_eager"]) == (None, None, None)


def test_more_memory_than_there_is_is_one_line(rnnbench: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("rnnbench.bench.measure.measure", measure)
    done = rnnbench("bench", "--cell", "srnn", "--length", "7", "--batch", "9")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "error: length 7 with batches of 9 needs more memory than there is: "
        "make --length, --batch or --members smaller.\n"
    )
