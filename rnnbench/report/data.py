"""What a report is made of: one run, its trials in the study's order, and their statistics."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from rnnbench import grammar
from rnnbench.errors import RnnbenchError
from rnnbench.report.labels import Names, slug
from rnnbench.report.level import Levels, levels
from rnnbench.report.palette import Look, looks
from rnnbench.report.tuned import Tuned
from rnnbench.stats.axes import Series, with_axes
from rnnbench.stats.summary import summarise
from rnnbench.store.store import TUNING, Run, Store
from rnnbench.study.budget import Budget
from rnnbench.words import some


@dataclass(frozen=True)
class TaskData:
    """The part of a run that is about one task."""

    task: str
    slug: str
    """Stands for the task in names of files and identifiers."""
    trials: pd.DataFrame
    summary: pd.DataFrame
    curves: pd.DataFrame
    names: Names
    looks: dict[str, Look]
    budget: Budget | None
    """What cells were matched to, if they were."""
    tuned: Tuned

    @property
    def metric(self) -> str | None:
        """``accuracy`` or ``mse``; None before the first result."""
        return next(iter(self.trials["metric"].dropna()), None)

    @cached_property
    def levels(self) -> Levels:
        """What an answer without memory scores, or one that guesses."""
        chances = self.trials["chance"].dropna().unique()
        chance = float(chances[0]) if len(chances) == 1 else None
        return levels(self.task, sorted(int(length) for length in self.trials["length"].unique()), chance)

    @property
    def level_note(self) -> str:
        """The part of a caption that explains the dashed line."""
        lists = self.trials["validation_by_class"]
        lacking = any(isinstance(item, list) and None in item for item in lists)
        note = self.levels.note
        return note and f"{note}{', were both classes asked for' if lacking else ''}."

    @property
    def repeats_note(self) -> str:
        """How many repeats stand behind a point of a figure."""
        counts = self.summary.loc[self.summary["n"] > 0, "n"]
        if counts.empty:
            return ""
        least, most = int(counts.min()), int(counts.max())
        return f"{some(most, 'repeat')} a point" if least == most else f"{least} to {most} repeats a point"

    def place(self, series: Series) -> int:
        """The series' rank in figures: variant by variant, in each the cells in the study's order."""
        variants = list(dict.fromkeys(self.trials["variant"]))
        cells = list(dict.fromkeys(self.trials["cell"]))
        return variants.index(series.variant) * len(cells) + cells.index(series.cell)

    @property
    def value_label(self) -> str:
        """What the reported number is."""
        sources = list(self.trials["reported"].dropna().unique())
        source = sources[0] if len(sources) == 1 else "reported"
        return f"{source} {'mean squared error' if self.metric == 'mse' else self.metric}"


@dataclass(frozen=True)
class RunData:
    """One run with all that its report needs from the store."""

    store: str
    """The name of its file."""
    run: Run
    trials: pd.DataFrame
    summary: pd.DataFrame
    curves: pd.DataFrame
    names: Names
    looks: dict[str, Look]
    budget: Budget | None
    """What cells were matched to, if they were."""
    tuning: pd.DataFrame
    """The trials that values were chosen by; empty where nothing is tuned, or the store lacks them."""
    tuned: Tuned

    def tasks(self) -> Iterator[TaskData]:
        """Split the run into its tasks, in the study's order."""
        slugs: list[str] = []
        for task in self.trials["task"].unique():
            slugs.append(slug(task) if slug(task) not in slugs else f"{slug(task)}-{len(slugs)}")
            trials = self.trials[self.trials["task"] == task]
            curves = self.curves[self.curves["trial"].isin(trials["trial"])]
            summary = self.summary[self.summary["task"] == task]
            yield TaskData(task, slugs[-1], trials, summary, curves, self.names, self.looks, self.budget, self.tuned)


def load(store_path: Path, name: str) -> RunData:
    """Read the latest run called ``name``. Raises StoreError or UnknownName."""
    with Store(store_path) as store:
        run = store.latest(name)
        trials = with_axes(store.trials(run.id), list(run.study.get("tune") or {}))
        curves = store.curves(run.id, "validation_value")
        by = run.study.get(TUNING)
        tuning = pd.DataFrame() if by is None else store.trials(by)
    ranks = {axis: _ranks(run.study.get(f"{axis}s", []), list(trials[axis].unique())) for axis in ("task", "cell")}
    order = [trials[axis].map(ranks[axis]) for axis in ("task", "cell")]
    trials = trials.assign(_task=order[0], _cell=order[1]).sort_values(["_task", "_cell"], kind="stable")
    trials = trials.drop(columns=["_task", "_cell"]).reset_index(drop=True)
    names = Names.of(trials["cell"].unique(), trials["task"].unique())
    budget = Budget.parse(run.study["match"]) if run.study.get("match") else None
    tuned = Tuned.of(trials, tuning, run.study.get("tune") or {})
    look = looks(trials["cell"].unique())
    return RunData(store_path.name, run, trials, summarise(trials), curves, names, look, budget, tuning, tuned)


def _ranks(written: Sequence[str], labels: Sequence[str]) -> dict[str, int]:
    """Place each label where the study wrote it; the others after, as they come."""
    calls = [_call(text) for text in written]
    places = {label: calls.index(_call(label)) if _call(label) in calls else len(calls) for label in labels}
    ordered = sorted(labels, key=lambda label: places[label])
    return {label: rank for rank, label in enumerate(ordered)}


def _call(text: str) -> grammar.Call | str:
    """Read a label; ``lstm:keras2`` and ``lstm[like=keras2]`` are the same."""
    try:
        return grammar.parse(text)
    except RnnbenchError:
        return text
