"""How much it matters which candidate is taken: what each solved in tuning, beside how often it was chosen."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import pandas as pd

from rnnbench.report import canvas
from rnnbench.report.data import RunData
from rnnbench.report.labels import NOTHING, Names, listed
from rnnbench.report.palette import INK
from rnnbench.report.svg import Figure, render
from rnnbench.report.tables import Column, Entry, Table
from rnnbench.report.tiles import CAPTION, HEIGHT, MOST_LETTERS, draw_tiles
from rnnbench.stats.axes import SERIES
from rnnbench.stats.proportion import Proportion, share_solved
from rnnbench.stats.summary import results_of
from rnnbench.study.setting import Values, order_of, values_of
from rnnbench.words import some

NAME = "_tuning"
"""No task's: names of tasks begin with a letter."""
POOLED = "all lengths, sizes and other axes taken together"
MOST_CANDIDATES, MOST_ROWS = 20, 40
"""More tiles beside or above each other cannot be told apart."""


class Tried(NamedTuple):
    """A candidate of a cell on a task; the names are columns."""

    task: str
    cell: str
    candidate: str


@dataclass(frozen=True)
class Sensitivity:
    """By task, cell and candidate: what tuning solved, over all lengths, sizes and whatever else differs."""

    names: Names
    tuned: str
    """What the candidates are values of."""
    candidates: list[str]
    solved: Mapping[Tried, Proportion]
    chosen: Mapping[Tried, int]
    """For how many settings."""

    @classmethod
    def of(cls, data: RunData) -> "Sensitivity | None":
        """Read it from the run's trials and those of its tuning; None where there is none in the store."""
        tune = data.run.study.get("tune") or {}
        if not tune or data.tuning.empty or results_of(data.tuning).empty or data.trials.empty:
            return None
        tried, settings = _with_candidates(results_of(data.tuning), tune), _with_candidates(data.trials, tune)
        settings = settings.drop_duplicates([*SERIES, "length"])
        solved = {}
        for key, rows in tried.groupby([*Tried._fields]):
            solved[Tried(*cast("tuple[str, str, str]", key))] = share_solved(rows["success"])
        chosen = Counter(Tried(*key) for key in settings[[*Tried._fields]].itertuples(index=False, name=None))
        order = {_name(values): order_of(values) for values in _values(tried, tune)}
        return cls(
            data.names,
            listed([key.replace("_", " ") for key in tune]),
            sorted(order, key=lambda name: order[name]),
            solved,
            chosen,
        )

    @property
    def tasks(self) -> list[str]:
        """The tasks that were tuned on, in the study's order."""
        known = {tried.task for tried in self.solved}
        return [task for task in self.names.tasks if task in known]

    def shares(self, task: str, cell: str) -> list[Proportion | None]:
        """What each candidate solved."""
        return [self.solved.get(Tried(task, cell, candidate)) for candidate in self.candidates]

    def table(self) -> Table:
        """Make one row for each task and cell."""
        rows = [
            [
                Entry(self.names.tasks[task]),
                Entry(self.names.cells[cell]),
                *(self._entry(task, cell, candidate) for candidate in self.candidates),
            ]
            for task in self.tasks
            for cell in self.names.cells
        ]
        caption = (
            f"How many repeats each candidate ({self.tuned}) solved in tuning, by validation, {POOLED}; in brackets "
            "for how many settings it was chosen."
        )
        numbers = [Column(candidate, number=True) for candidate in self.candidates]
        return Table(NAME, caption, [Column("Task"), Column("Cell"), *numbers], rows, sortable=True)

    def _entry(self, task: str, cell: str, candidate: str) -> Entry:
        share, chosen = self.solved.get(Tried(task, cell, candidate)), self.chosen.get(Tried(task, cell, candidate), 0)
        if share is None:
            return Entry(NOTHING)
        return Entry(f"{share.solved} of {share.n}{f' ({chosen})' if chosen else ''}", share.rate)

    def figure(self) -> Figure | None:
        """Draw a tile for every cell and candidate, a panel for each task; None where there are too many."""
        cells, tasks = list(self.names.cells), self.tasks
        longest = max(map(len, (*self.candidates, *self.names.cells.values())))
        if len(self.candidates) > MOST_CANDIDATES or len(cells) > MOST_ROWS or longest > MOST_LETTERS:
            return None
        across = max(1, min(len(tasks), 5, MOST_CANDIDATES // len(self.candidates)))
        with canvas.panels(math.ceil(len(tasks) / across), across, HEIGHT * len(cells) + 0.3) as (drawing, axes):
            flat = list(axes.flat)
            for panel, task in zip(flat, tasks, strict=False):
                draw_tiles(panel, [self.shares(task, cell) for cell in cells], self.candidates)
                panel.set_title(self.names.head(task), loc="left", color=INK, fontweight="bold", fontsize=7.5)
            for panel in flat[len(tasks) :]:
                panel.set_visible(False)
            drawing.supxlabel(self.tuned, fontsize=8.5)
            flat[0].set_yticks(range(len(cells)), [self.names.cells[cell] for cell in cells], color=INK)
            svg = render(drawing, NAME)
        told = (
            f"{CAPTION} Of every candidate ({self.tuned}) in tuning, by validation, at all lengths (sizes, and other "
            f"axes) together, {self._repeats()}."
        )
        return Figure(NAME, "What each candidate solves", told, self._described(), svg)

    def _repeats(self) -> str:
        """How many stand behind a tile."""
        counts = {share.n for share in self.solved.values()}
        least, most = min(counts), max(counts)
        return f"{some(most, 'repeat')} a tile" if least == most else f"{least} to {most} repeats a tile"

    def _described(self) -> str:
        told = []
        for task in self.tasks:
            best = [f"{name} {most}" for cell, name in self.names.cells.items() if (most := self._best(task, cell))]
            told += [f"On {self.names.tasks[task]} most is solved by {', '.join(best)}."] if best else []
        return " ".join(["A tile for every task, cell and candidate.", *told])

    def _best(self, task: str, cell: str) -> str:
        """The candidates that solve most; empty if none solves anything."""
        shares = zip(self.candidates, self.shares(task, cell), strict=True)
        rates = {candidate: share.rate for candidate, share in shares if share and share.solved}
        most = [candidate for candidate, rate in rates.items() if rate == max(rates.values())]
        return "any" if len(most) == len(self.candidates) > 1 else listed(most)


def _with_candidates(trials: pd.DataFrame, tune: Mapping[str, Any]) -> pd.DataFrame:
    """Add the column ``candidate``: what each of ``trials`` was trained with."""
    return trials.assign(candidate=[_name(values) for values in _values(trials, tune)])


def _values(trials: pd.DataFrame, tune: Mapping[str, Any]) -> list[Values]:
    return [values_of(json.loads(text), tune) for text in trials["spec"]]


def _name(values: Values) -> str:
    """The value alone where one key is tuned."""
    return " ".join(str(value) if len(values) == 1 else f"{key}={value}" for key, value in values.items())
