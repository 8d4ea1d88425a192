"""What a run shows while it runs: a live board in a terminal, lines elsewhere, JSON, or nothing."""

import json
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rnnbench.cli.board import Board, failure
from rnnbench.cli.json_output import print_json
from rnnbench.execute.events import Compiling, Event, Finished, Note, Planned, Progress
from rnnbench.words import duration, some

if TYPE_CHECKING:
    import pandas as pd

LINE_EVERY = 10.0
"""Seconds between two lines of progress where output is no terminal."""


class AbstractDisplay(ABC):
    """Called with every event; told when a study begins and ends."""

    def __init__(self) -> None:
        self.board = Board()

    @contextmanager
    def watching(self, study: str) -> Iterator[None]:
        """While ``study`` runs."""
        self.study, self.board = study, Board()
        yield

    def __call__(self, event: Event) -> None:
        """Take ``event`` up and show it."""
        self.board.take(event)
        self.show(event)

    @abstractmethod
    def show(self, event: Event) -> None:
        """Tell the user of ``event``."""

    @abstractmethod
    def say(self, text: str) -> None:
        """Tell the user something."""

    @abstractmethod
    def summary(self, study: str, table: "pd.DataFrame", tuned: Sequence[str]) -> None:
        """Show what came of ``study``: its stored trials, ``tuned`` keys of the protocol being no axes."""


class LinesDisplay(AbstractDisplay):
    """Plain lines, a few a minute."""

    _spoke = 0.0

    def show(self, event: Event) -> None:
        """A line for the plan, for notes and failures, and for progress now and then."""
        board = self.board
        match event:
            case Planned():
                stored = f", {event.stored} already stored" if event.stored else ""
                print(
                    f"{self.study}: {some(event.trials, 'trial')} in {some(event.populations, 'population')}{stored}",
                    flush=True,
                )
                self._spoke = time.monotonic()
            case Note():
                print(event.text, flush=True)
            case Compiling():
                print(f"compiling {board.compiling[event.population]}: {_how_long_kept()}", flush=True)
            case Finished():
                for row in event.rows:
                    if row.status != "ok":
                        print(failure(row), flush=True)
        if isinstance(event, Progress | Finished) and time.monotonic() - self._spoke > LINE_EVERY:
            self._spoke = time.monotonic()
            left = board.seconds_left
            print(
                f"{self.study}: {board.share:4.0%} of the training, "
                f"{board.done} of {some(board.trials, 'trial')} finished"
                + (f", about {duration(left)} left" if left is not None else ""),
                flush=True,
            )

    def say(self, text: str) -> None:
        """A line."""
        print(text, flush=True)

    def summary(self, study: str, table: "pd.DataFrame", tuned: Sequence[str]) -> None:
        """The table of results."""
        from rnnbench.cli.summary import print_summary

        print_summary(study, table, tuned, self.board)


def _how_long_kept() -> str:
    from rnnbench.recurrence.compile import FOLDER, cache_folder, is_kept

    if is_kept():
        return "once, later runs find it"
    return f"each worker for itself, {cache_folder()} cannot be written ({FOLDER} names another folder)"


class QuietDisplay(AbstractDisplay):
    """Nothing but errors, on standard error."""

    def show(self, event: Event) -> None:
        """Trials that ended in an error."""
        if isinstance(event, Finished):
            for row in event.rows:
                if row.status == "error":
                    print(failure(row), file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Nothing."""

    def summary(self, study: str, table: "pd.DataFrame", tuned: Sequence[str]) -> None:
        """Nothing."""


class JsonDisplay(QuietDisplay):
    """A JSON object a line: every event, then the summary of the study."""

    def show(self, event: Event) -> None:
        """The event with its kind; of finished rows the id, status and value."""
        print_json({"event": type(event).__name__.lower(), "study": self.study, **_plain(event)})

    def say(self, text: str) -> None:
        """The text as an event."""
        print_json({"event": "message", "text": text})

    def summary(self, study: str, table: "pd.DataFrame", tuned: Sequence[str]) -> None:
        """One row for each cell and length."""
        from rnnbench.stats.axes import with_axes
        from rnnbench.stats.summary import summarise

        rows = summarise(with_axes(table, tuned)) if len(table) else table
        print_json({"event": "summary", "study": study, "results": json.loads(rows.to_json(orient="records"))})


def _plain(event: Event) -> dict[str, Any]:
    if isinstance(event, Finished):
        kept = ("trial", "task", "cell", "hidden", "length", "seed", "status", "reason", "value", "success")
        return {
            "population": event.population,
            "rows": [{key: getattr(row, key) for key in kept} for row in event.rows],
        }
    return dict(vars(event))


def choose(*, quiet: bool, as_json: bool, terminal: bool) -> AbstractDisplay:
    """The display for these wishes."""
    if as_json:
        return JsonDisplay()
    if quiet:
        return QuietDisplay()
    if terminal:
        from rnnbench.cli.live import LiveDisplay

        return LiveDisplay()
    return LinesDisplay()
