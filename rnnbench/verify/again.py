"""Draw trials of a store, train them again in a store of their own, and compare."""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rnnbench.errors import RnnbenchError
from rnnbench.execute.events import Finished
from rnnbench.execute.local import Watch, run_trials
from rnnbench.execute.options import Options
from rnnbench.ran import Ran
from rnnbench.rebuild import rebuild
from rnnbench.store.store import Store
from rnnbench.trial import Trial
from rnnbench.verify.compare import differences
from rnnbench.verify.verdict import Again, Verdict

WITH_RESULT = ("ok", "diverged")
OTHER_VERSION = "its task, its cell or its optimiser is another version here"


@dataclass(frozen=True)
class Draw:
    """Which trials are trained again."""

    trials: int
    """How many; all, if there are no more."""
    seed: int
    run: str | None = None
    """Only those of the latest run of this name."""


def verify(path: Path, draw: Draw, options: Options, tell: Callable[[str], None]) -> Verdict:
    """Train trials of the store at ``path`` again, each on the kind of device and kernel of its row, if it is here.

    ``tell`` hears how far it is. Raises RnnbenchError when there is nothing to train.
    """
    with Store(path) as store:
        table = store.trials(store.latest(draw.run).id if draw.run is not None else None)
    table = table[table["status"].isin(WITH_RESULT)]
    if table.empty:
        raise RnnbenchError(f"store {path} has no trial with a result to compare with.")
    drawn = table.sample(min(draw.trials, len(table)), random_state=draw.seed)
    rows = [_read(row) for row in drawn.to_dict("records")]
    found = [_rebuilt(row) for row in rows]
    with tempfile.TemporaryDirectory(prefix="rnnbench-verify-") as folder:
        own = Path(folder) / "again.sqlite"
        with Store(own, create=True) as store:
            _train(rows, found, store, options, tell)
            trained = {str(row["trial"]): row for row in store.trials().to_dict("records")}
        differ = differences(own, path)
    return Verdict(len(table), [_compared(row, at, trained, differ) for row, at in zip(rows, found, strict=True)])


def _read(row: dict[Any, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in row.items()} | {"versions": json.loads(row["versions"] or "{}")}


def _rebuilt(row: dict[str, Any]) -> Trial | str:
    """The trial of a row, or why it cannot be trained here."""
    try:
        trial = rebuild(row["spec"])
    except RnnbenchError as error:
        return str(error)
    return trial if trial.id == row["trial"] else OTHER_VERSION


def _train(
    rows: Sequence[dict[str, Any]],
    found: Sequence[Trial | str],
    store: Store,
    options: Options,
    tell: Callable[[str], None],
) -> None:
    """Those that could be rebuilt, apart by where and how they ran."""
    groups: dict[tuple[str, str], list[Trial]] = {}
    for row, trial in zip(rows, found, strict=True):
        if isinstance(trial, Trial):
            groups.setdefault(_place(row, options), []).append(trial)
    watch = _counting(sum(map(len, groups.values())), tell)
    for (accelerator, kernel), trials in groups.items():
        machine = replace(options, accelerator=accelerator, kernel=kernel, large_weights=True).settled()
        run_trials(trials, store, machine, watch)


def _place(row: dict[str, Any], options: Options) -> tuple[str, str]:
    """Accelerator and kernel: of a row that was eager by wish, eager again."""
    on_cpu = options.accelerator == "auto" and str(row["device"]).startswith("cpu")
    by_wish = Ran.of(str(row["kernel"])) == Ran("eager")
    return "cpu" if on_cpu else options.accelerator, "eager" if by_wish else "auto"


def _counting(trials: int, tell: Callable[[str], None]) -> Watch:
    done = 0

    def watch(event: object) -> None:
        nonlocal done
        if isinstance(event, Finished):
            done += len(event.rows)
            tell(f"{done} of {trials} trained again")

    return watch


def _compared(
    row: dict[str, Any], trial: Trial | str, trained: dict[str, dict[Any, Any]], differ: dict[str, list[str]]
) -> Again:
    if isinstance(trial, str):
        return Again(row, reason=trial)
    here = trained[trial.id]
    if here["status"] not in WITH_RESULT:
        return Again(row, reason=str(here["reason"]))
    return Again(row, _read(here), differ[trial.id])
