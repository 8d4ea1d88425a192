"""``rnnbench run --dry-run``: what would be trained, and for how long."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnbench.cli.failure import BAD_INPUT, complain
from rnnbench.cli.json_output import print_json
from rnnbench.study import text as study_text
from rnnbench.words import duration, some

if TYPE_CHECKING:
    from rnnbench.execute.machine import Machine
    from rnnbench.study import Study
    from rnnbench.trial import Trial


def forecast(studies: Sequence["Study"], store: Path, machine: "Machine", *, again: bool, as_json: bool) -> int:
    """Print grid, trials, populations and estimated time of every study; returns the exit code."""
    from rnnbench.cli.matching import matched_units
    from rnnbench.execute.probe import check_plugins

    stored = finished(store, again=again)
    code = 0
    for study, grid in _halves(studies, store, stored):
        checked = check_plugins(grid)
        trials, complaints = checked.sound, checked.complaints
        if not study.tune:
            complain("\n".join(complaints))
        code = BAD_INPUT if complaints else code
        notes = [] if study.tune else [*study.notes(), *matched_units(study, trials)]
        if as_json:
            told = _expected(trials, stored, machine) if trials else {}
            print_json(
                {
                    "event": "forecast",
                    "study": study.name,
                    "notes": notes,
                    **told,
                    "grid": study_text.grid(study.model_dump()),
                }
            )
            continue
        for note in notes:
            print(note)
        if trials:
            print(_sentence(study.name, _expected(trials, stored, machine)))
            print("\n".join(f"  {line}" for line in study_text.lines(study.model_dump())))
    return code


def _halves(studies: Sequence["Study"], store: Path, stored: set[str]) -> Iterator[tuple["Study", "Sequence[Trial]"]]:
    """Each study with its trials, after its tuning if it has one; what is chosen is known once that is stored."""
    from rnnbench.study.tuning import chosen_trials, halves

    for study in studies:
        *before, (_, grid) = halves(study)
        yield from before
        tuning = [trial for _, trials in before for trial in trials]
        known = before and {trial.id for trial in tuning} <= stored
        yield study, chosen_trials(study, _chosen(study, tuning, store)) if known else grid


def _chosen(study: "Study", tuning: Sequence["Trial"], store: Path) -> Mapping[str, Any]:
    from rnnbench.stats.choose import choose
    from rnnbench.store.store import Store

    with Store(store) as opened:
        table = opened.trials()
    return choose(table[table["trial"].isin([trial.id for trial in tuning])], study.tune)


def _expected(trials: Sequence["Trial"], stored: set[str], machine: "Machine") -> dict[str, Any]:
    from rnnbench.execute.plan import estimate_seconds, kernels, plan
    from rnnbench.execute.room import require_room

    todo = [trial for trial in trials if trial.id not in stored]
    require_room(todo, machine.accelerator)
    planned = plan(todo, machine) if todo else []
    return {
        "trials": len(trials),
        "stored": len(trials) - len(todo),
        "populations": len(planned),
        "jobs": machine.jobs,
        "accelerator": machine.accelerator,
        "seconds": estimate_seconds(planned, machine),
        "kernels": kernels(planned, machine),
    }


def _sentence(name: str, told: dict[str, Any]) -> str:
    from rnnbench.execute.plan import SECONDS_TO_COMPILE

    new = told["kernels"]
    compiled = f", and {SECONDS_TO_COMPILE} s more for each of {some(new, 'kernel')} unless the cache has it"
    return (
        f"{name}: {some(told['trials'], 'trial')}, {told['stored']:,} of them stored; "
        f"{told['trials'] - told['stored']:,} to train in {some(told['populations'], 'population')}, "
        f"{told['jobs']} at a time on {told['accelerator']}: "
        f"about {duration(told['seconds'])}{compiled if new else ''}."
    )


def finished(path: Path, *, again: bool) -> set[str]:
    """Trials that the run would find done. Raises StoreError where no store can be."""
    from rnnbench.store.place import check_place
    from rnnbench.store.store import Store

    check_place(path, writing=True)
    if not path.exists():
        return set()
    with Store(path) as store:
        return set() if again else store.finished()
