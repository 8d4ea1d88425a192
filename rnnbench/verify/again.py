"""Train drawn trials again in a store of their own, and compare."""

import json
import shlex
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rnnbench.errors import RnnbenchError, StoreError, UnknownName
from rnnbench.execute.events import Event, Finished, Note
from rnnbench.execute.local import Watch, run_trials
from rnnbench.execute.machine import Machine
from rnnbench.execute.options import Options
from rnnbench.execute.plan import estimate_seconds, plan
from rnnbench.parameters import resolve
from rnnbench.ran import Ran
from rnnbench.rebuild import rebuild
from rnnbench.registry import CELLS, TASKS
from rnnbench.store.store import Store
from rnnbench.trial import Trial
from rnnbench.verify.compare import Compared, compare
from rnnbench.verify.draw import WITH_RESULT, Draw, draw, versions_of
from rnnbench.verify.verdict import Again, Verdict
from rnnbench.words import duration

Row = Mapping[str, Any]
Found = Trial | str
"""A trial, or why it cannot be trained here."""


def verify(path: Path, wanted: Draw, options: Options, tell: Callable[[str], None]) -> Verdict:
    """Train trials of the store at ``path`` again, each with the kernel of its row where the device is the same.

    ``tell`` hears how far it is. Raises RnnbenchError when there is nothing to train, or no room for it.
    """
    with tempfile.TemporaryDirectory(prefix="rnnbench-verify-") as folder:
        there, here = Path(folder) / "there.sqlite", Path(folder) / "here.sqlite"
        try:
            drawn = draw(path, wanted, there)
            found = {row["trial"]: _rebuilt(row) for row in drawn.rows}
            with Store(here, create=True) as store:
                _train(drawn.rows, found, store, options, tell)
                trained = {str(row["trial"]): row for row in store.trials().to_dict("records")}
        except StoreError as error:
            if folder not in str(error):
                raise
            raise RnnbenchError(f"{error} It is a temporary one: TMPDIR names another folder.") from None
        compared = compare(here, there)
    every = [_judged(row, found[row["trial"]], trained, compared) for row in drawn.rows]
    return Verdict(wanted.seed, wanted.run, drawn.trials, drawn.without, drawn.missing, every)


def _rebuilt(row: Row) -> Found:
    try:
        trial = rebuild(row["spec"])
    except UnknownName as error:
        files = f"; its run had {shlex.join(row['plugins'])}" if row["plugins"] else ""
        return f"{str(error).partition('. ')[0]} here{files}"
    except RnnbenchError as error:
        return str(error)
    return trial if trial.id == row["trial"] else _other_version(json.loads(row["spec"]), trial)


def _other_version(told: Row, trial: Trial) -> str:
    """Why a trial's id is not that of its row."""
    own = trial.spec
    for kind in ("task", "cell", "optimiser"):
        there, here = (told["protocol"], own["protocol"]) if kind == "optimiser" else (told, own)
        if there.get(f"{kind}_version") != here[f"{kind}_version"]:
            return f"{kind} {there.get(kind)} is of another version here"
    return "what its row says of it does not give its id: it was changed, or is of another version of rnnbench"


def _train(
    rows: Sequence[Row], found: dict[str, Found], store: Store, options: Options, tell: Callable[[str], None]
) -> None:
    """Those that could be rebuilt, apart by where and how they ran; a machine that lacks that is their reason."""
    groups: dict[tuple[str, str], list[Trial]] = {}
    for row in rows:
        if isinstance(trial := found[row["trial"]], Trial):
            groups.setdefault(_place(row, options), []).append(trial)
    ready: list[tuple[list[Trial], Machine]] = []
    for (accelerator, kernel), trials in groups.items():
        try:
            machine = replace(options, accelerator=accelerator, kernel=kernel, large_weights=True).settled()
        except RnnbenchError as error:
            found |= {trial.id: str(error) for trial in trials}
        else:
            ready.append((trials, machine))
    about = sum(estimate_seconds(plan(trials, machine), machine) for trials, machine in ready)
    watch = _counting(sum(len(trials) for trials, _ in ready), about, tell)
    for trials, machine in ready:
        run_trials(trials, store, machine, watch)


def _place(row: Row, options: Options) -> tuple[str, str]:
    """Accelerator and kernel: those of the row, unless another accelerator is asked for."""
    if options.accelerator != "auto":
        return options.accelerator, "auto"
    return str(row["device"]).partition(" ")[0], Ran.of(str(row["kernel"])).name


def _counting(trials: int, about: float, tell: Callable[[str], None]) -> Watch:
    done, notes = 0, ""

    def watch(event: Event) -> None:
        nonlocal done, notes
        if isinstance(event, Finished):
            done += len(event.rows)
        elif isinstance(event, Note):
            notes = f" ({event.text})"
        tell(f"training {trials} again, about {duration(about)} in all: {done} done{notes}")

    return watch


def _judged(row: Row, found: Found, trained: Mapping[str, dict[Any, Any]], compared: Mapping[str, Compared]) -> Again:
    if isinstance(found, str):
        return Again(row, reason=found)
    here = {str(key): value for key, value in trained[found.id].items()}
    if here["status"] not in WITH_RESULT:
        return Again(row, reason=str(here["reason"]))
    result = compared[found.id]
    differs = [*_misnamed(row, found), *result.differs]
    return Again(row, here | {"versions": versions_of(here)}, replace(result, differs=differs))


def _misnamed(row: Row, trial: Trial) -> list[str]:
    """Columns that name another task or cell than the trial's."""
    wrong = []
    for column, registry, own in (("task", TASKS, trial.task), ("cell", CELLS, trial.cell)):
        try:
            same = resolve(registry, row[column]).text == own.text
        except RnnbenchError:
            same = False
        wrong += [] if same else [column]
    return wrong
