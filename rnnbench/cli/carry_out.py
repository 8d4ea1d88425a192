"""Studies are run one after another, each to its end or to Ctrl-C."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnbench.cli.failure import BAD_INPUT, FAILED, complain
from rnnbench.cli.interruption import interruptible
from rnnbench.errors import RnnbenchError
from rnnbench.words import some

if TYPE_CHECKING:
    from rnnbench.cli.request import Request
    from rnnbench.execute.machine import Machine
    from rnnbench.execute.probe import Checked
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


@dataclass
class Going:
    """What Ctrl-C would interrupt."""

    name: str
    trials: Sequence[str] = ()
    """By their ids; none before they are known."""


@dataclass(frozen=True)
class Done:
    """What came of a grid."""

    code: int
    run: int
    """Its number in the store."""


def run_all(studies: Sequence["Study"], request: "Request", how: How) -> tuple[int, list[str]]:
    """Run one study after another; returns the exit code and the names of those that were not refused wholly."""
    from rnnbench.study.tuning import tuning_name

    codes = [
        _run(study, request.command(request.studies[number] if request.studies else None), how)
        for number, study in enumerate(studies)
    ]
    done = [study for study, code in zip(studies, codes, strict=True) if code is not None]
    names = [name for study in done for name in (study.name, *([tuning_name(study.name)] if study.tune else []))]
    return max((BAD_INPUT if code is None else code for code in codes), default=0), names


def _run(study: "Study", command: str, how: How) -> int | None:
    """Run one study, after its tuning if it has one; returns the exit code, or None if all of it is refused."""
    from rnnbench.execute.worker import undisturbed

    with undisturbed():  # as in the command
        from rnnbench.cli.forecast import finished
        from rnnbench.cli.matching import matched_units
        from rnnbench.execute.probe import check_plugins
        from rnnbench.execute.room import require_room
        from rnnbench.study.tuning import tuning_of

    going = Going(study.name)
    with interruptible(lambda: _how_to_go_on(going, how)):
        first = tuning_of(study) if study.tune else study
        checked = check_plugins(first.trials())
        for note in (*study.notes(), *matched_units(study, checked.sound)):
            how.display.say(note)
        stored, complaints = finished(how.store, again=how.again), checked.complaints
        try:
            require_room([trial for trial in checked.sound if trial.id not in stored], how.machine.accelerator)
        except RnnbenchError as error:  # other studies may be smaller
            complain("\n".join([*complaints, str(error)]))
            return None
        complain("\n".join(complaints))
        if not checked.sound:
            return None
        done = _run_grid(first, checked, command, how, going)
        codes = [done.code, *([BAD_INPUT] if complaints else [])]
        if study.tune:
            codes.append(_run_chosen(study, done.run, command, how, going))
    return max(codes)


def _run_chosen(study: "Study", tuning: int, command: str, how: How, going: Going) -> int:
    """Run ``study`` with what the run number ``tuning`` chooses; returns the exit code."""
    from rnnbench.cli.tuned import tuned_values
    from rnnbench.execute.probe import check_plugins
    from rnnbench.stats.choose import choose
    from rnnbench.store.store import Store
    from rnnbench.study.tuning import chosen_trials

    with Store(how.store) as store:
        chosen = choose(store.trials(tuning), study.tune)
    checked = check_plugins(chosen_trials(study, chosen))
    for line in tuned_values(study, checked.sound, chosen):
        how.display.say(line)
    return _run_grid(study, checked, command, how, going, tuning).code


def _run_grid(
    study: "Study", checked: "Checked", command: str, how: How, going: Going, tuning: int | None = None
) -> Done:
    """Run the grid of ``study`` as far as it is sound; ``tuning`` is the run that it was chosen by."""
    import pandas  # noqa: F401  # the summary's, read while the fork server is busy with imports of its own
    import scipy.stats  # noqa: F401

    from rnnbench.cli.matching import off_budget
    from rnnbench.execute.no_result import row_without_result
    from rnnbench.store.labels import LABELS, labels_of
    from rnnbench.store.store import TUNING, Store

    with Store(how.store, create=True) as store:
        trials = [*checked.sound, *(trial for trial, _ in checked.refused)]
        going.name, going.trials = study.name, [trial.id for trial in trials]
        if store.planned(study.name) not in (set(), set(going.trials)):
            told = "the latest run of this name had other trials (another grid, or plug-ins that were other then)"
            told += ", and a report shows the latest alone"
            how.display.say(f"{study.name}: {told}; --name tells runs apart.")
        noted = {LABELS: labels_of(trials), **({} if tuning is None else {TUNING: tuning})}
        content = study.model_dump(mode="json") | noted
        number = store.begin_run(study.name, content, command, going.trials)
        with how.display.watching(study.name):
            _train(study.name, checked.sound, store, how)
        stored = store.finished()
        store.add(row_without_result(trial, "skipped", why) for trial, why in checked.refused if trial.id not in stored)
        store.finish_run(number)
        table = store.trials(number)
        how.display.summary(study.name, table, list(study.tune))
        for line in off_budget(study, table):
            how.display.say(line)
    return Done(FAILED if bool((table["status"] == "error").any()) else 0, number)


def _train(name: str, trials: Sequence["Trial"], store: "Store", how: How) -> None:
    """Train what ``store`` lacks of ``trials``."""
    from rnnbench.execute.local import run_trials

    stored = set() if how.again else store.finished()
    todo = [trial for trial in trials if trial.id not in stored]
    if todo:
        run_trials(todo, store, how.machine, how.display, stored=len(trials) - len(todo))
    else:
        how.display.say(f"{name}: {how.store} has all of it, {some(len(trials), 'trial')}; --again trains anew.")


def _how_to_go_on(going: Going, how: How) -> list[str]:
    onward = "start anew with" if how.again else "go on with"
    return [_so_far(going, how), f"{onward}: {shlex.join(['rnnbench', *sys.argv[1:]])}"]


def _so_far(going: Going, how: How) -> str:
    from rnnbench.store.store import Store

    if not going.trials:
        return f"interrupted: {going.name} had not begun."
    with Store(how.store) as store:
        done = len(store.finished() & set(going.trials))
    return f"interrupted: {done} of {some(len(going.trials), 'trial')} of {going.name} are in {how.store}."
