"""The row of a trial that came to nothing."""

from datetime import UTC, datetime
from typing import Any, Literal

from rnnbench.errors import RnnbenchError
from rnnbench.posed import aims, make_task
from rnnbench.provenance import git_state, versions
from rnnbench.store.row import TrialRow
from rnnbench.trial import Trial


def row_without_result(trial: Trial, status: Literal["error", "skipped"], reason: str) -> TrialRow:
    """Of one whose training failed, or that was refused before it: skipped."""
    commit, dirty = git_state()
    return TrialRow(
        **trial.columns(),
        status=status,
        reason=reason,
        **_of_task(trial),
        reported=trial.protocol.reported,
        versions=versions(),
        git_commit=commit,
        git_dirty=dirty,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _of_task(trial: Trial) -> dict[str, Any]:
    """What the row says of its task; nothing where it is the task that fails."""
    try:
        return aims(make_task(trial.task))
    except RnnbenchError:
        return {}
