"""``rnnbench run --dry-run``: what would be trained, and for how long."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbench.cli.failure import BAD_INPUT, complain
from rnnbench.words import some

if TYPE_CHECKING:
    from rnnbench.execute.options import Options
    from rnnbench.study import Study


def forecast(studies: Sequence["Study"], store: Path, how: "Options", *, again: bool) -> int:
    """Print trials, populations and estimated time of every study; returns the exit code."""
    from rnnbench.cli.matching import matched_units
    from rnnbench.execute.check import check_plugins
    from rnnbench.execute.plan import SECONDS_TO_COMPILE, estimate_seconds, kernels, plan

    stored = _stored(store, again)
    code = 0
    for study in studies:
        trials, complaints = check_plugins(study.trials())
        for note in (*study.notes(), *matched_units(study, trials)):
            print(note)
        complain("\n".join(complaints))
        code = BAD_INPUT if complaints else code
        if not trials:
            continue
        todo = [trial for trial in trials if trial.id not in stored]
        planned = plan(todo, how) if todo else []
        new = kernels(planned, how)
        compiled = f", and {SECONDS_TO_COMPILE} s more for each of {some(new, 'kernel')} unless the cache has it"
        print(
            f"{study.name}: {some(len(trials), 'trial')}, {len(trials) - len(todo):,} of them stored; "
            f"{len(todo):,} to train in {some(len(planned), 'population')}, {how.jobs} at a time on {how.accelerator}: "
            f"about {duration(estimate_seconds(planned, how))}{compiled if new else ''}."
        )
    return code


def _stored(path: Path, again: bool) -> set[str]:
    """Trials that the run would find done. Raises StoreError where no store can be."""
    from rnnbench.store.place import check_place
    from rnnbench.store.store import Store

    check_place(path, writing=True)
    if not path.exists():
        return set()
    with Store(path) as store:
        return set() if again else store.finished()


def duration(seconds: float) -> str:
    """Seconds as a person says them: 40 s, 12 min, 3.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
