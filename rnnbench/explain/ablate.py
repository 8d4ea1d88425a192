"""Which change turns failure into success: one matrix, every change with every seed.

Changes of training are the same for every cell: learning rate, updates, clipping. Changes of the cell come from its own
declared parameters and presets, so a stranger's cell has its own.
"""

import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_origin

import pandas as pd

from rnnbench.errors import PluginError, RnnbenchError
from rnnbench.execute.events import Event
from rnnbench.execute.local import run_trials
from rnnbench.execute.options import Options
from rnnbench.execute.probe import check_plugins
from rnnbench.explain.subject import Subject
from rnnbench.grammar import write_value
from rnnbench.parameters import parameters_of, resolve
from rnnbench.protocol import Protocol
from rnnbench.registry import CELLS
from rnnbench.stats.difference import LEVEL, fisher, holm
from rnnbench.stats.proportion import Proportion, share_solved
from rnnbench.stats.summary import RESULTS
from rnnbench.store.store import Store
from rnnbench.trial import Trial
from rnnbench.words import some

FASTER, LONGER, CLIPPED = 10.0, 4, 1.0
NUMBERS = (0.5, 2.0)
"""What a number of the cell is multiplied with; nought becomes one."""


@dataclass(frozen=True)
class Change:
    """One thing done otherwise, and how the seeds fare."""

    what: str
    share: Proportion
    mean: float
    """Of the reported value."""
    p: float = 1.0
    """Of no difference from the unchanged subject, by Fisher's exact test, corrected for all that was tried."""


@dataclass(frozen=True)
class Ablation:
    """What every change came to."""

    unchanged: Change
    changes: list[Change]
    """The best first."""
    impossible: dict[str, str]
    """Changes that cannot be made, and why."""

    def decided(self, *, better: bool) -> list[Change]:
        """Changes that differ from the unchanged subject, for the better or for the worse."""
        base = self.unchanged.share.rate
        return [change for change in self.changes if change.p < LEVEL and (change.share.rate > base) == better]


def ablate(subject: Subject, watch: Callable[[Event], None] = lambda _: None) -> Ablation:
    """Train the unchanged subject and every single change of it, all seeds of each. The task and cell must be sound."""
    impossible: dict[str, str] = {}
    arms = {"nothing": list(subject.trials)}
    for what, trials in changes(subject, impossible):
        if {trial.id for trial in trials} not in [{trial.id for trial in arm} for arm in arms.values()]:
            arms[what] = trials
    for what, trials in list(arms.items()):
        if problems := check_plugins(trials).complaints:
            impossible[what] = problems[0]
            del arms[what]
    if "nothing" in impossible:
        raise PluginError(impossible["nothing"])
    wanted = list({trial.id: trial for trials in arms.values() for trial in trials}.values())
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "store.sqlite", create=True) as store:
        options = Options(accelerator="cpu", kernel=subject.kernel, plugins=subject.plugins)
        run_trials(wanted, store, options.settled(), watch)
        table = store.trials().set_index("trial")
    told = {what: table.loc[[trial.id for trial in trials]] for what, trials in arms.items()}
    for what, rows in told.items():
        if len(failed := rows[~rows["status"].isin(RESULTS)]):
            impossible[what] = f"{some(len(failed), 'trial')} ended without a result: {failed['reason'].iloc[0]}"
    if "nothing" in impossible:
        raise PluginError(impossible["nothing"])
    unchanged, *others = [_change(what, rows) for what, rows in told.items() if what not in impossible]
    ps = holm([fisher(change.share, unchanged.share) for change in others])
    tested = [replace(change, p=p) for change, p in zip(others, ps, strict=True)]
    errors = "mse" in set(table["metric"])
    tested.sort(key=lambda change: (-change.share.rate, _worse(change.mean, errors), change.what))
    return Ablation(unchanged, tested, impossible)


def preset_settings(subject: Subject) -> dict[str, str]:
    """What each preset of the cell sets otherwise, as ``gate=sigmoid, forget_bias=chrono``: more than one thing."""
    name, given = subject.trial.cell.name, dict(subject.trial.cell.parameters)
    told = {}
    for preset in CELLS[name].presets:
        own = dict(resolve(CELLS, f"{name}:{preset}").parameters)
        differ = [f"{key}={write_value(value)}" for key, value in own.items() if value != given.get(key)]
        if differ:
            told[preset] = ", ".join(differ)
    return told


def changes(subject: Subject, impossible: dict[str, str]) -> Iterator[tuple[str, list[Trial]]]:
    """Every single change with its trials; to ``impossible`` goes what the cell's parameters do not allow."""
    protocol = subject.trial.protocol
    for what, changed in _of_training(protocol):
        yield what, [replace(trial, protocol=changed) for trial in subject.trials]
    for what, text in _of_cell(subject):
        try:
            cell = resolve(CELLS, text)
        except RnnbenchError as error:
            impossible[what] = str(error)
            continue
        yield what, [replace(trial, cell=cell) for trial in subject.trials]


def _of_training(protocol: Protocol) -> Iterator[tuple[str, Protocol]]:
    rate = protocol.learning_rate
    for value in (rate * FASTER, rate / FASTER):
        yield f"learning rate {value:g}", protocol.model_copy(update={"learning_rate": value})
    key = "epochs" if protocol.epochs is not None else "updates"
    longer = {key: LONGER * getattr(protocol, key), "interval": None}
    yield f"{LONGER} times the updates", protocol.model_copy(update=longer)
    clip = {"clip": "none"} if protocol.clip != "none" else {"clip": "norm", "clip_threshold": CLIPPED}
    yield (
        "no clipping" if protocol.clip != "none" else f"clipping at norm {CLIPPED:g}",
        protocol.model_copy(update=clip),
    )


def _of_cell(subject: Subject) -> Iterator[tuple[str, str]]:
    """From the cell's declared parameters: other values of a choice, half and double of a number, its presets."""
    name, given = subject.trial.cell.name, dict(subject.trial.cell.parameters)
    kind = CELLS[name]
    steps = {"longest": max(2, subject.trial.length)} if "longest" in parameters_of(kind) else {}
    for key, field in parameters_of(kind).items():
        if key == "longest":
            continue
        for value in _others(field.annotation, given.get(key)):
            if value == "chrono":
                continue
            yield f"{key}={write_value(value)}", _text(name, given | {key: value})
    gates = [key for key, field in parameters_of(kind).items() if "chrono" in str(field.annotation)]
    if gates and steps:
        together = dict.fromkeys(gates, "chrono") | steps
        yield "chrono " + " and ".join(gates), _text(name, given | together)
        if len(gates) > 1:
            for gate in gates:
                yield f"chrono {gate} alone", _text(name, given | {gate: "chrono"} | steps)
    for preset in kind.presets:
        yield f"preset {preset}", f"{name}:{preset}"


def _others(annotation: Any, value: Any) -> list[Any]:
    from rnnbench.check.variation import other_values

    if isinstance(value, bool) or not isinstance(value, int | float) or get_origin(annotation) is Literal:
        return other_values(annotation, value)[:3]
    return [item for item in {value * NUMBERS[0], value * NUMBERS[1]} if item != value] or [1.0]


def _text(name: str, parameters: dict[str, Any]) -> str:
    told = ",".join(f"{key}={write_value(value)}" for key, value in parameters.items())
    return f"{name}[{told}]"


def _share(rows: pd.DataFrame) -> Proportion:
    return share_solved(rows["success"])


def _change(what: str, rows: pd.DataFrame) -> Change:
    return Change(what, _share(rows), float(pd.to_numeric(rows["value"]).mean()))


def _worse(mean: float, errors: bool) -> float:
    """Larger for what is worse: of a task of values the larger error, and where all diverged."""
    return math.inf if math.isnan(mean) else mean if errors else -mean
