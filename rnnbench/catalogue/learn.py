"""Which cell learns which task within a fixed budget, at the task's small shape."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from rnnbench.catalogue.small import small_study
from rnnbench.errors import MissingData
from rnnbench.execute.events import Event
from rnnbench.execute.local import run_trials
from rnnbench.execute.machine import Machine
from rnnbench.registry import TASKS
from rnnbench.store.store import Store

CONTENDERS = ["gru", "lstm:chrono", "deltanet", "orthogonal", "transformer:layers=2,heads=2"]
"""Asked in this order, until one solves a task with every seed: gates, gates that start open, a matrix that is written
to, a rotation, attention."""
HIDDEN, SEEDS = 32, 3
PROTOCOL = {
    "data": "fresh", "dataset": "shared", "updates": 4000, "interval": 500, "batch": 32, "learning_rate": [3e-3, 1e-2],
    "schedule": "cosine", "clip": "norm", "clip_threshold": 1.0, "validation": 500, "test": 1000,
}  # fmt: skip
"""The budget of every cell on every task."""
COMMAND = "nox -s catalogue"


@dataclass(frozen=True)
class Learned:
    """How the contenders did on a task; ``trials`` is empty where its data are missing, as ``reason`` says."""

    task: str
    trials: pd.DataFrame
    reason: str = ""

    @property
    def table(self) -> pd.DataFrame:
        """A row a cell and learning rate, the best first: ``solved`` of ``n`` seeds, ``best`` and ``median`` value."""
        rate = [json.loads(spec)["protocol"]["learning_rate"] for spec in self.trials["spec"]]
        success = pd.to_numeric(self.trials["success"]).fillna(0).astype(int)
        least = "min" if self.lower_is_better else "max"
        rows = self.trials.assign(rate=rate, success=success).groupby(["cell", "rate"])
        found = rows.agg(
            solved=("success", "sum"),
            n=("success", "size"),
            best=("value", least),
            median=("value", "median"),
            updates=("updates_to_success", "median"),
        ).reset_index()
        return found.sort_values(
            ["solved", "best"], ascending=[False, self.lower_is_better], kind="stable", ignore_index=True
        )

    @property
    def lower_is_better(self) -> bool:
        """Whether the metric is an error."""
        return bool((self.trials["metric"] == "mse").any())

    @property
    def by_every_seed(self) -> bool:
        """Whether some cell solved the task with every seed at one learning rate."""
        table = self.table
        return bool((table["solved"] == table["n"]).any())


def learn(task: str, store: Store, machine: Machine, watch: Callable[[Event], None]) -> Learned:
    """Train the contenders on ``task``, one after another, as far as ``store`` lacks them."""
    learned = Learned(task, pd.DataFrame(), "nobody was asked")
    for last in range(1, len(CONTENDERS) + 1):
        study = small_study(task, CONTENDERS[:last], PROTOCOL, hidden=[HIDDEN], repeats=SEEDS)
        try:
            trials = study.trials()
        except MissingData as error:
            return Learned(task, pd.DataFrame(), str(error))
        stored = store.finished()
        todo = [trial for trial in trials if trial.id not in stored]
        run = store.begin_run(study.name, study.model_dump(mode="json"), COMMAND, [trial.id for trial in trials])
        if todo:
            run_trials(todo, store, machine, watch, stored=len(trials) - len(todo))
        store.finish_run(run)
        learned = Learned(task, store.trials(run))
        if learned.by_every_seed:
            break
    return learned


def shipped_tasks() -> list[str]:
    """Every task that rnnbench ships."""
    return [name for name in TASKS if TASKS.entry(name).builtin]
