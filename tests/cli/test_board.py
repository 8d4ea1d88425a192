"""What the displays draw, from events alone."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from rnnbench.cli.board import Board
from rnnbench.cli.display import LinesDisplay
from rnnbench.cli.live import LiveDisplay, _grouped
from rnnbench.execute.events import Compiling, Finished, Note, Planned, Progress
from rnnbench.store.row import TrialRow


def row(seed: int, status: str = "ok", reason: str = "") -> TrialRow:
    return TrialRow(
        trial=f"{seed}", spec="{}", task="t", cell="c[like=x]", hidden=1, length=10, seed=seed, updates=100,
        status=status, reason=reason,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
def board() -> Board:
    made = Board()
    made.take(Planned(trials=4, stored=2, populations=2, cells=(("c[like=x]", 10, 4),), steps=4000.0))
    return made


def test_share_counts_running_and_finished_work_once(board: Board) -> None:
    assert board.share == 0.0
    board.take(Progress(0, 50, 100, 1000.0, (("c[like=x]", 10, 0.5, 2),)))
    assert board.share == 0.25
    board.take(Finished(0, (row(0), row(1, "diverged", "loss is not finite at update 3"))))
    assert board.share == 0.5
    assert (board.done, board.finished) == (2, {("c[like=x]", 10): 2})
    assert board.failures == ["c[like=x] length 10 seed 1: diverged, loss is not finite at update 3"]


def test_means_are_weighted_by_members(board: Board) -> None:
    board.take(Progress(0, 50, 100, 0.0, (("c[like=x]", 10, 0.5, 3),)))
    board.take(Progress(1, 50, 100, 0.0, (("c[like=x]", 10, 0.9, 1),)))
    assert board.mean([("c[like=x]", 10)]) == pytest.approx(0.6)
    assert board.mean([("other", 10)]) is None


def test_a_halved_population_starts_anew(board: Board) -> None:
    board.take(Progress(0, 50, 100, 1000.0, ()))
    board.take(Note("population 0 (4 trials) is halved: no memory."))
    board.take(Progress(2, 10, 100, 100.0, ()))
    assert board.share <= 0.275
    assert board.notes == ["population 0 (4 trials) is halved: no memory."]


def test_lines_say_whether_what_is_compiled_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    display = LinesDisplay()
    with display.watching("study", 4):
        display(Planned(trials=4, stored=0, populations=2, cells=(("c[like=x]", 10, 4),), steps=4000.0))
        for place, folder in enumerate(["new/folder", "file/folder"]):
            monkeypatch.setenv("RNNBENCH_CACHE", str(tmp_path / folder))
            display(Compiling(place, "c[like=x]", 8))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("compiling")]
    assert lines[0] == "compiling c[like=x] with 8 units: once, later runs find it"
    assert lines[1].startswith(f"compiling c[like=x] with 8 units: each worker for itself, {tmp_path}")
    assert len(lines) == 2


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


def test_the_live_board_fits_80_columns_and_keeps_brackets() -> None:
    display = LiveDisplay()
    cells = tuple((f"{cell}[like=keras2]", length, 30) for cell in ("srnn", "lstm") for length in range(10, 260, 10))
    display.study, display.grid = "latching-2018", 1500
    display.board.take(Planned(1500, 0, 8, cells, 1e6))
    display.board.take(Progress(0, 1, 2, 5e5, tuple((cell, length, 0.5, 30) for cell, length, _ in cells)))
    console = Console(width=80, file=io.StringIO())
    console.print(display._draw())
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "srnn[like=keras2]" in text
    assert "done" in text
    assert "10–40" in text
    assert all(len(line) <= 80 for line in text.splitlines())
