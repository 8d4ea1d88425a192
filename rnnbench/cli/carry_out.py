"""Studies are run one after another, each to its end or to Ctrl-C."""

import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from rnnbench.cli.failure import BAD_INPUT, FAILED, INTERRUPTED, complain
from rnnbench.words import some

if TYPE_CHECKING:
    from rnnbench.cli.request import Request
    from rnnbench.execute.machine import Machine
    from rnnbench.store.store import Store
    from rnnbench.study import Study
    from rnnbench.trial import Trial


@dataclass(frozen=True)
class How:
    """How studies are run, whichever they are."""

    store: Path
    again: bool
    machine: "Machine"
    display: Any


def run_all(studies: Sequence["Study"], request: "Request", how: How) -> tuple[int, list[str]]:
    """Run one study after another; returns the exit code and the names of those that were not refused wholly."""
    from rnnbench.tuning import tuning_of

    codes = [
        _run(study, request.command(request.studies[number] if request.studies else None), how)
        for number, study in enumerate(studies)
    ]
    done = [study for study, code in zip(studies, codes, strict=True) if code is not None]
    names = [name for study in done for name in (study.name, *([tuning_of(study).name] if study.tune else []))]
    return max((BAD_INPUT if code is None else code for code in codes), default=0), names


def _run(study: "Study", command: str, how: How) -> int | None:
    """Run one study, after its tuning if it has one; returns the exit code, or None if all of it is refused."""
    if not study.tune:
        return _run_grid(study, study.trials(), command, how)
    from rnnbench.stats.choose import choose
    from rnnbench.store.store import Store
    from rnnbench.tuning import chosen_trials, tuning_of

    tuning = tuning_of(study)
    code = _run_grid(tuning, tuning.trials(), command, how)
    if code is None:
        return None
    with Store(how.store) as store:
        chosen = choose(store.trials(store.latest(tuning.name).id), study.tune)
    return max(code, _run_grid(study, chosen_trials(study, chosen), command, how) or 0)


def _run_grid(study: "Study", grid: Sequence["Trial"], command: str, how: How) -> int | None:
    """Run the trials of ``grid``; returns the exit code, or None if all of them are refused."""
    import pandas  # noqa: F401  # the summary's, read while the fork server is busy with imports of its own
    import scipy.stats  # noqa: F401

    from rnnbench.cli.matching import off_budget
    from rnnbench.execute.probe import check_plugins
    from rnnbench.store.store import Store

    trials, complaints = check_plugins(grid)
    _tell(study, trials, complaints, how)
    if not trials:
        return None
    with Store(how.store, create=True) as store:
        ids = [trial.id for trial in trials]
        if store.planned(study.name) not in (set(), set(ids)):
            told = "the latest run of this name had another grid, and a report shows the latest alone"
            how.display.say(f"{study.name}: {told}; --name tells runs apart.")
        number = store.begin_run(study.name, study.model_dump(mode="json"), command, ids)
        with _interruptible(study.name, ids, how), how.display.watching(study.name):
            _train(study.name, trials, store, how)
        store.finish_run(number)
        table = store.trials(number)
        how.display.summary(study.name, table, list(study.tune))
        for line in off_budget(study, table):
            how.display.say(line)
    failed = bool((table["status"] == "error").any())
    return BAD_INPUT if complaints else FAILED if failed else 0


def _tell(study: "Study", trials: Sequence["Trial"], complaints: Sequence[str], how: How) -> None:
    """What is to be known before training; of a study that tunes its tuning has said it, and values are chosen."""
    from rnnbench.cli.matching import matched_units
    from rnnbench.cli.tuned import tuned_values

    if study.tune:
        notes = [*tuned_values(study, trials)]
    else:
        notes = [*study.notes(), *matched_units(study, trials)]
        complain("\n".join(complaints))
    for note in notes:
        how.display.say(note)


def _train(name: str, trials: Sequence["Trial"], store: "Store", how: How) -> None:
    """Train what ``store`` lacks of ``trials``."""
    from rnnbench.execute.local import run_trials

    stored = set() if how.again else store.finished()
    todo = [trial for trial in trials if trial.id not in stored]
    if todo:
        run_trials(todo, store, how.machine, how.display, stored=len(trials) - len(todo))
    else:
        how.display.say(f"{name}: {how.store} has all of it, {some(len(trials), 'trial')}; --again trains anew.")


@contextmanager
def _interruptible(name: str, ids: Sequence[str], how: How) -> Iterator[None]:
    """Ctrl-C and a polite kill end the run with what is stored and how to go on."""
    from rnnbench.store.store import Store

    def stop(number: int, _: object) -> None:
        raise KeyboardInterrupt(number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt as interrupt:
        with Store(how.store) as store:
            done = len(store.finished() & set(ids))
        print(f"interrupted: {done} of {some(len(ids), 'trial')} of {name} are in {how.store}.", file=sys.stderr)
        onward = "start anew with" if how.again else "go on with"
        print(f"{onward}: {shlex.join(['rnnbench', *sys.argv[1:]])}", file=sys.stderr)
        raise typer.Exit(143 if signal.SIGTERM in interrupt.args else INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)
