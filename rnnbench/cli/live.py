"""The live board in a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rnnbench.cli.board import Board
from rnnbench.cli.display import LinesDisplay
from rnnbench.execute.events import Event
from rnnbench.words import duration, some

COLUMNS = 7
"""Groups of lengths side by side: fits 80 columns."""
FAILURES_SHOWN = 4


class LiveDisplay(LinesDisplay):
    """Progress by cell and length, time left, running means, failures as they come."""

    @contextmanager
    def watching(self, study: str) -> Iterator[None]:
        """Draw the board four times a second while ``study`` runs."""
        self.study, self.board = study, Board()
        self._live = Live(get_renderable=self._draw, refresh_per_second=4, console=Console(emoji=False), transient=True)
        with self._live:
            yield

    def show(self, event: Event) -> None:
        """Nothing more: the board is drawn by the clock."""

    def _draw(self) -> RenderableType:
        board = self.board
        if not board.trials:
            return Text(f"{self.study}: starting", style="dim")
        bar = Padding(ProgressBar(total=1.0, completed=board.share), 0)  # in a terminal a bar alone ends no line
        told = Text("validation value so far, by length:", style="dim")
        parts: list[RenderableType] = [self._head(), bar, told, self._table()]
        parts += [Text(note, style="yellow") for note in board.notes[-2:]]
        parts += [Text(failure, style="red", overflow="ellipsis") for failure in board.failures[-FAILURES_SHOWN:]]
        if len(board.failures) > FAILURES_SHOWN:
            parts.append(Text(f"and {len(board.failures) - FAILURES_SHOWN} more that did not end well", style="red"))
        return Group(*parts)

    def _head(self) -> Text:
        board = self.board
        left = duration(board.seconds_left) + " left" if board.seconds_left is not None else "starting workers"
        if board.compiling:
            left = f"compiling {', '.join(dict.fromkeys(board.compiling.values()))} (once)"
        pace = f"{board.pace:.1f} models/s" if board.done else ""
        done = f"  {board.done} of {some(board.trials, 'trial')}"
        text = Text.assemble((self.study, "bold"), done, no_wrap=True, overflow="ellipsis")
        for part in (left, pace, f"{board.stored} stored before" if board.stored else ""):
            text.append(f"  {part}" if part else "", style="dim")
        return text

    def _table(self) -> Table:
        """A line for each cell, and task if there are several: trials, then the mean of each group of lengths."""
        board = self.board
        groups = _grouped(sorted({point.length for point in board.totals}))
        table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
        tasks = list(dict.fromkeys(point.task for point in board.totals))
        for name in ("task", "cell")[len(tasks) == 1 :]:
            table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=24 if len(tasks) == 1 else 16)
        table.add_column("done", justify="right", no_wrap=True)
        for group in groups:
            named = f"{group[0]}–{group[-1]}" if len(group) > 1 else str(group[0])
            table.add_column(named, justify="right", no_wrap=True)
        for task, cell in dict.fromkeys((point.task, point.cell) for point in board.totals):
            own = [point for point in board.totals if (point.task, point.cell) == (task, cell)]
            done = sum(board.finished.get(point, 0) for point in own)
            means = [board.mean(point for point in own if point.length in group) for group in groups]
            numbers = ["·" if mean is None else f"{mean:.3f}" if mean >= 0.1 else f"{mean:.3g}" for mean in means]
            names = [Text(cell)] if len(tasks) == 1 else [Text(task), Text(cell)]
            table.add_row(*names, f"{done}/{sum(board.totals[point] for point in own)}", *numbers)
        return table


def _grouped(lengths: list[int]) -> list[list[int]]:
    """``lengths`` in at most COLUMNS groups of neighbours."""
    size = -(-len(lengths) // COLUMNS)
    return [lengths[start : start + size] for start in range(0, len(lengths), size)]
