"""What a run has done so far, put together from its events; the displays draw it."""

import time
from collections.abc import Iterable

from rnnbench.execute.events import Compiling, Event, Finished, Note, Parted, Planned, Progress
from rnnbench.store.row import TrialRow
from rnnbench.trial import Point
from rnnbench.words import some


def failure(row: TrialRow) -> str:
    """A line on a trial that did not end well."""
    return f"{row.cell} length {row.length} seed {row.seed}: {row.status}, {row.reason}"


class Board:
    """Counts, means and failures, kept up to date by :meth:`take`."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.trials = self.stored = self.done = 0
        self.work_planned = 1.0
        self.totals: dict[Point, int] = {}
        self.finished: dict[Point, int] = {}
        self.failures: list[str] = []
        self.notes: list[str] = []
        self.compiling: dict[int, str] = {}
        """What populations wait for, by number."""
        self._began: tuple[float, float] | None = None
        """When the first work was heard of, and the share done by then: what came before was no training."""
        self._work: dict[int, float] = {}
        self._work_done = 0.0
        self._means: dict[Point, dict[int, tuple[float, int]]] = {}

    def take(self, event: Event) -> None:
        """Note what ``event`` says."""
        match event:
            case Planned():
                self.trials, self.stored, self.work_planned = event.trials, event.stored, event.work or 1.0
                self.totals = dict(event.points)
            case Compiling():
                self.compiling[event.population] = f"{event.cell} with {some(event.hidden, 'unit')}"
            case Progress():
                self._work[event.population] = event.work
                if event.update > 1:  # the first one told of is yet to be made
                    self._begin(event.population)
                for point, mean, members in event.means:
                    self._means.setdefault(point, {})[event.population] = (mean, members)
            case Finished():
                self._finish(event)
            case Parted():
                self.compiling.pop(event.population, None)
                self._work.pop(event.population, None)
                for means in self._means.values():
                    means.pop(event.population, None)
            case Note():
                self.notes.append(event.text)

    def _begin(self, population: int) -> None:
        self.compiling.pop(population, None)
        self._began = self._began or (time.monotonic(), self.share)

    def _finish(self, event: Finished) -> None:
        self._begin(event.population)
        self._work.pop(event.population, None)
        for row in event.rows:
            point = Point(row.task, row.cell, row.length)
            self.finished[point] = self.finished.get(point, 0) + 1
            if row.status != "ok":
                self.failures.append(failure(row))
        self.done += len(event.rows)
        self._work_done += event.work

    @property
    def share(self) -> float:
        """Share of the work that is done, 0 to 1."""
        return min(1.0, (self._work_done + sum(self._work.values())) / self.work_planned)

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.started

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far, without the time before the first update; None before there is one."""
        if self._began is None or self.share <= self._began[1]:
            return None
        return (time.monotonic() - self._began[0]) * (1 - self.share) / (self.share - self._began[1])

    @property
    def pace(self) -> float:
        """Models finished a second."""
        return self.done / self.elapsed if self.elapsed > 0 else 0.0

    def mean(self, points: Iterable[Point]) -> float | None:
        """The latest mean validation metric over ``points`` of one task, weighted by members."""
        seen = [item for point in points for item in self._means.get(point, {}).values() if item[0] == item[0]]
        members = sum(count for _, count in seen)
        return sum(mean * count for mean, count in seen) / members if members else None
