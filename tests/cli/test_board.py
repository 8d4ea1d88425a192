"""What the displays draw, from events alone."""

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from rnnbench.cli.board import Board
from rnnbench.cli.display import JsonDisplay, LinesDisplay
from rnnbench.cli.live import LiveDisplay, _grouped
from rnnbench.cli.summary import print_summary
from rnnbench.execute.events import Compiling, Finished, Note, Parted, Planned, Progress
from rnnbench.store.row import TrialRow
from rnnbench.trial import Point
from tests.stats.conftest import trial

HERE = Point("t", "c[like=x]", 10)


def row(seed: int, status: str = "ok", reason: str = "") -> TrialRow:
    return TrialRow(
        trial=f"{seed}", spec="{}", task="t", cell="c[like=x]", hidden=1, length=10, seed=seed, updates=100,
        status=status, reason=reason,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
def board() -> Board:
    made = Board()
    made.take(Planned(trials=4, stored=2, populations=2, points=((HERE, 4),), work=4000.0))
    return made


def test_share_counts_running_and_finished_work_once(board: Board) -> None:
    assert board.share == 0.0
    board.take(Progress(0, 50, 100, 1000.0, ((HERE, 0.5, 2),)))
    assert board.share == 0.25
    board.take(Finished(0, (row(0), row(1, "diverged", "loss is not finite at update 3")), 2000.0))
    assert board.share == 0.5
    assert (board.done, board.finished) == (2, {HERE: 2})
    assert board.failures == ["c[like=x] length 10 seed 1: diverged, loss is not finite at update 3"]


def test_means_are_weighted_by_members(board: Board) -> None:
    board.take(Progress(0, 50, 100, 0.0, ((HERE, 0.5, 3),)))
    board.take(Progress(1, 50, 100, 0.0, ((HERE, 0.9, 1),)))
    assert board.mean([HERE]) == pytest.approx(0.6)
    assert board.mean([HERE._replace(cell="other")]) is None


def test_a_halved_population_starts_anew(board: Board) -> None:
    """What it had done and what it waited for counts no more."""
    board.take(Compiling(0, "c[like=x]", 8))
    board.take(Progress(0, 1, 100, 1000.0, ((HERE, 0.5, 2),)))
    board.take(Parted(0))
    board.take(Note("population 0 (4 trials) is halved: no memory."))
    board.take(Progress(2, 10, 100, 100.0, ()))
    assert board.share == 0.025
    assert board.compiling == {}
    assert board.mean([HERE]) is None
    assert board.notes == ["population 0 (4 trials) is halved: no memory."]


def test_lines_say_whether_what_is_compiled_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    display = LinesDisplay()
    with display.watching("study"):
        display(Planned(trials=4, stored=0, populations=2, points=((HERE, 4),), work=4000.0))
        for place, folder in enumerate(["new/folder", "file/folder"]):
            monkeypatch.setenv("RNNBENCH_CACHE", str(tmp_path / folder))
            display(Compiling(place, "c[like=x]", 8))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("compiling")]
    assert lines[0] == "compiling c[like=x] with 8 units: once, later runs find it"
    assert lines[1].startswith(f"compiling c[like=x] with 8 units: each worker for itself, {tmp_path}")
    assert len(lines) == 2


def test_lines_tell_each_failure_once(capsys: pytest.CaptureFixture[str]) -> None:
    display = LinesDisplay()
    with display.watching("study"):
        display(Finished(0, tuple(row(seed, "diverged", f"reason {seed}") for seed in range(3)), 1.0))
    lines = [line for line in capsys.readouterr().out.splitlines() if "diverged" in line]
    assert lines == [f"c[like=x] length 10 seed {seed}: diverged, reason {seed}" for seed in range(3)]


def test_json_has_null_where_a_mean_has_no_end(capsys: pytest.CaptureFixture[str]) -> None:
    display = JsonDisplay()
    with display.watching("study"):
        display(Progress(0, 5, 10, 50.0, ((HERE, float("inf"), 2), (HERE, float("nan"), 1))))
    told = json.loads(capsys.readouterr().out, parse_constant=lambda text: pytest.fail(f"{text} is no JSON"))
    assert told["means"] == [[list(HERE), None, 2], [list(HERE), None, 1]]


def test_compiling_is_told_until_the_first_updates_are_made(board: Board) -> None:
    board.take(Compiling(0, "c[like=x]", 8))
    board.take(Progress(0, 1, 100, 10.0, ()))  # about to make the first
    assert board.compiling == {0: "c[like=x] with 8 units"}
    assert board.seconds_left is None
    board.take(Progress(0, 33, 100, 500.0, ()))
    assert board.compiling == {}


def test_time_left_leaves_out_what_came_before_the_first_update(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    now = board.started + 100.0  # of compiling, say
    monkeypatch.setattr("rnnbench.cli.board.time.monotonic", lambda: now)
    board.take(Progress(0, 33, 100, 1000.0, ()))
    assert board.seconds_left is None
    now += 10.0
    board.take(Progress(0, 66, 100, 2000.0, ()))
    assert board.seconds_left == pytest.approx(20.0)  # a quarter took ten seconds, a half is left


def test_lengths_are_grouped_to_fit() -> None:
    assert _grouped([1, 2, 3]) == [[1], [2], [3]]
    groups = _grouped(list(range(25)))
    assert len(groups) <= 7
    assert [length for group in groups for length in group] == list(range(25))


def drawn(display: LiveDisplay, width: int) -> str:
    """What a terminal shows."""
    console = Console(width=width, file=io.StringIO(), force_terminal=True, color_system=None)
    console.print(display._draw())
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_the_live_board_fits_80_columns_and_keeps_brackets() -> None:
    display = LiveDisplay()
    cells = [f"{cell}[like=keras2]" for cell in ("srnn", "lstm")]
    points = tuple(Point("latching", cell, length) for cell in cells for length in range(10, 260, 10))
    display.study = "latching-2018"
    display.board.take(Planned(1500, 0, 8, tuple((point, 30) for point in points), 1e6))
    display.board.take(Progress(0, 1, 2, 5e5, tuple((point, 0.5, 30) for point in points)))
    lines = drawn(display, 80).splitlines()
    assert lines[3].split() == ["cell", "done", "10–40", "50–80", "90–120", "130–160", "170–200", "210–240", "250"]
    assert lines[4].split() == ["srnn[like=keras2]", "0/750", *["0.500"] * 7]
    assert all(len(line) <= 80 for line in lines)


def test_tasks_are_not_averaged() -> None:
    display = LiveDisplay()
    display.study = "mine"
    near, far = Point("latching", "gru", 10), Point("adding", "gru", 10)
    display.board.take(Planned(4, 0, 2, ((near, 2), (far, 2)), 1e3))
    display.board.take(Progress(0, 1, 2, 5e2, ((near, 0.9, 2), (far, 0.1, 2))))
    *_, first, second = drawn(display, 60).splitlines()
    assert (first.split(), second.split()) == (["latching", "gru", "0/2", "0.900"], ["adding", "gru", "0/2", "0.100"])


def test_the_summary_keeps_axes_apart_at_any_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What tells columns apart is never cut off; where one diverged its mean says so."""
    monkeypatch.setenv("COLUMNS", "60")
    rates = (0.001, 0.01, 0.1)
    rows = [trial("gru", 10, seed, protocol={"learning_rate": rate}) for rate in rates for seed in (0, 1)]
    rows[-1] |= {"status": "diverged", "value": None, "success": 0}
    print_summary("mine", pd.DataFrame(rows), (), Board())
    told = capsys.readouterr().out
    lines = [line.split() for line in told.splitlines()]
    assert ["length", "learning_rate=0.001", "learning_rate=0.01"] in lines
    assert ["length", "learning_rate=0.1"] in lines
    assert ["10", "1.000*", "1/2"] in lines
    assert "* without the models that diverged" in told
    assert all(len(line) <= 60 for line in told.splitlines())
