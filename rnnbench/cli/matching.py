"""What a run says about the budget that its cells were matched to."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rnnbench.study.budget import TOLERANCE, Budget

if TYPE_CHECKING:
    import pandas as pd

    from rnnbench.study import Study
    from rnnbench.trial import Trial


def matched_units(study: "Study", trials: "Sequence[Trial]") -> Iterator[str]:
    """A line a task with the units that the study's budget gave each cell; none without a budget."""
    found: dict[str, dict[str, int]] = {}
    for trial in trials if study.match else ():
        found.setdefault(trial.task.label, {})[trial.cell.label] = trial.hidden
    for task, units in found.items():
        told = ", ".join(f"{cell} {hidden}" for cell, hidden in units.items())
        yield f"{task}: units for {study.match}: {told}."


def off_budget(study: "Study", trials: "pd.DataFrame") -> Iterator[str]:
    """A line for each cell that is further off the study's budget than is tolerated."""
    if study.match is None:
        return
    budget = Budget.parse(study.match)
    keys = ["task", "cell", "hidden", budget.column]
    for task, cell, hidden, has in trials[keys].dropna().drop_duplicates().itertuples(index=False):
        if flag := budget.flag(has):
            yield (
                f"off the budget by more than {100 * TOLERANCE:.0f} %: {cell} on {task} with {hidden} units has "
                f"{int(has):,} of {budget.amount:,} ({flag})."
            )
