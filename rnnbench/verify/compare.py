"""Which results of the same trials differ between two stores, bit for bit."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rnnbench.store.place import address

RECORD, START, TRAINING, EVALUATION = "record", "start", "training", "evaluation"
START_OR_TRAINING = "start or training"
COLUMNS = {
    RECORD: (
        "spec", "hidden", "length", "seed", "precision", "metric", "chance", "success_rule", "reported", "parameters",
        "state_size", "operations", "weights_layout",
    ),
    START: ("initial_weights",),
    TRAINING: ("status", "diverged_at", "updates", "train_loss", "train_value", "final_weights"),
    EVALUATION: (
        "updates_to_success", "validation_loss", "validation_value", "validation_by_class",
        "test_loss", "test_value", "test_by_class", "value", "success",
    ),
}  # fmt: skip
"""Columns by what decides them; ``record`` is what the row says of its model and its rule."""
NAMES = ("task", "cell")
"""Columns that may say the same in several ways: whoever knows the trial compares them."""
CIRCUMSTANCES = (
    "reason", "wall_seconds", "population", "kernel", "device", "versions", "git_commit", "git_dirty", "host",
    "finished",
)  # fmt: skip
"""Columns that are not compared: how a result came about."""
MAYBE_MISSING = ("initial_weights", "final_weights", "weights_layout", "operations")
"""Not kept of large models, or by an earlier version, which is no difference."""
ROWS = """
    SELECT trial, here.initial_weights IS NOT NULL AND there.initial_weights IS NOT NULL,
           here.final_weights IS NOT NULL AND there.final_weights IS NOT NULL, {columns}
    FROM main.trials AS here JOIN other.trials AS there USING (trial)
"""
CURVES = """
    SELECT there.trial, there.metric FROM main.trials JOIN other.curves AS there USING (trial)
    LEFT JOIN main.curves AS here ON here.trial = there.trial AND here.metric = there.metric
    WHERE here.trial IS NULL OR here.updates != there.updates OR here.points != there.points
"""


@dataclass(frozen=True)
class Compared:
    """Of one trial in both stores."""

    differs: list[str]
    """Columns of its row, and curves by their metric; empty for a trial that is the same."""
    with_start: bool
    """Whether both have its weights before training."""
    with_weights: bool
    """Whether both have those after."""

    @property
    def stage(self) -> str:
        """What differs first; empty if nothing does."""
        stage = first_stage(self.differs)
        return START_OR_TRAINING if stage == TRAINING and not self.with_start else stage


def compare(here: Path, there: Path) -> dict[str, Compared]:
    """Every trial that both stores have. What ``there`` does not hold, weights and curves, is not compared.

    Numbers are the same if no bit differs (a zero may have either sign). Raises sqlite3.Error.
    """
    names = [name for columns in COLUMNS.values() for name in columns]
    with closing(sqlite3.connect(address(here, create=False), uri=True)) as connection:
        connection.execute("ATTACH DATABASE ? AS other", (address(there, create=False),))
        rows = connection.execute(ROWS.format(columns=", ".join(map(_differs, names))))
        found = {}
        for trial, start, end, *differing in rows:
            wrong = [name for name, differs in zip(names, differing, strict=True) if differs]
            found[trial] = Compared(wrong, bool(start), bool(end))
        for trial, metric in connection.execute(CURVES):
            found[trial].differs.append(f"curve {metric}")
    return found


def _differs(column: str) -> str:
    if column in MAYBE_MISSING:  # with NULL in either this is NULL, which is no difference
        return f"here.{column} != there.{column}"
    return f"here.{column} IS NOT there.{column}"


def first_stage(differing: Iterable[str]) -> str:
    """What differs first of these: the record, the start, training, or evaluation; empty if there are none."""
    names = {name.removeprefix("curve ") for name in differing}
    if not names:
        return ""
    for stage in (RECORD, START, TRAINING):
        also = NAMES if stage == RECORD else ()
        if names & {*COLUMNS[stage], *also} or (stage == TRAINING and any(name.startswith("train_") for name in names)):
            return stage
    return EVALUATION
