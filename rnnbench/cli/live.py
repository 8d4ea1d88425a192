"""The live board in a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rnnbench.cli.board import Board
from rnnbench.cli.display import LinesDisplay
from rnnbench.cli.forecast import duration
from rnnbench.execute.events import Event
from rnnbench.words import some

COLUMNS = 7
"""Groups of lengths side by side: fits 80 columns."""
FAILURES_SHOWN = 4


class LiveDisplay(LinesDisplay):
    """Progress by cell and length, time left, running means, failures as they come."""

    @contextmanager
    def watching(self, study: str, trials: int) -> Iterator[None]:
        """Draw the board four times a second while ``study`` runs."""
        self.study, self.grid, self.board = study, trials, Board()
        self._live = Live(get_renderable=self._draw, refresh_per_second=4, console=Console(emoji=False), transient=True)
        with self._live:
            yield

    def show(self, event: Event) -> None:
        """Nothing more: the board is drawn by the clock."""

    def _draw(self) -> RenderableType:
        board = self.board
        if not board.trials:
            return Text(f"{self.study}: starting", style="dim")
        parts: list[RenderableType] = [self._head(), ProgressBar(total=1.0, completed=board.share), self._table()]
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
        text = Text.assemble((self.study, "bold"), f"  {board.done} of {some(board.trials, 'trial')}")
        for part in (left, pace, f"{board.stored} stored before" if board.stored else ""):
            text.append(f"  {part}" if part else "", style="dim")
        return text

    def _table(self) -> Table:
        """A line a cell: finished trials, then the running mean for each group of lengths."""
        board = self.board
        groups = _grouped(sorted({length for _, length in board.totals}))
        table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
        table.add_column("cell", no_wrap=True, overflow="ellipsis", max_width=24)
        table.add_column("done", justify="right", no_wrap=True)
        for group in groups:
            table.add_column(
                f"{group[0]}–{group[-1]}" if len(group) > 1 else str(group[0]), justify="right", no_wrap=True
            )
        for cell in dict.fromkeys(cell for cell, _ in board.totals):
            keys = [key for key in board.totals if key[0] == cell]
            done = sum(board.finished.get(key, 0) for key in keys)
            means = [board.mean([(cell, length) for length in group]) for group in groups]
            numbers = ["·" if mean is None else f"{mean:.3f}" for mean in means]
            table.add_row(Text(cell), f"{done}/{sum(board.totals[key] for key in keys)}", *numbers)
        return table


def _grouped(lengths: list[int]) -> list[list[int]]:
    """``lengths`` in at most COLUMNS groups of neighbours."""
    size = -(-len(lengths) // COLUMNS)
    return [lengths[start : start + size] for start in range(0, len(lengths), size)]
