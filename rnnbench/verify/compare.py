"""Which results of the same trials differ between two stores, bit for bit."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from rnnbench.store.place import address

START, TRAINING, EVALUATION = "start", "training", "evaluation"
COLUMNS = {
    START: ("initial_weights",),
    TRAINING: ("status", "diverged_at", "updates", "train_loss", "train_value", "final_weights"),
    EVALUATION: (
        "updates_to_success", "validation_loss", "validation_value", "validation_by_class",
        "test_loss", "test_value", "test_by_class", "value", "success",
    ),
}  # fmt: skip
"""Results, by what makes them. Times and places are none, nor is what a trial's id stands for."""
WHERE_KEPT = ("initial_weights", "final_weights")
"""May be missing from one store and be none the less the same."""
ROWS = "SELECT trial, {columns} FROM main.trials AS here JOIN other.trials AS there USING (trial)"
CURVES = """
    SELECT here.trial, here.metric FROM main.curves AS here JOIN other.curves AS there USING (trial, metric)
    WHERE here.updates IS NOT there.updates OR here.points IS NOT there.points
"""


def differences(one: Path, other: Path) -> dict[str, list[str]]:
    """For each trial that both stores have, what differs: columns of its row, and curves by their metric.

    Numbers are compared by their bits, so that an empty list says: the same. Raises StoreError, sqlite3.Error.
    """
    names = [name for columns in COLUMNS.values() for name in columns]
    with closing(sqlite3.connect(address(one, create=False), uri=True)) as connection:
        connection.execute("ATTACH DATABASE ? AS other", (address(other, create=False),))
        rows = connection.execute(ROWS.format(columns=", ".join(map(_differs, names))))
        found = {trial: [name for name, differs in zip(names, each, strict=True) if differs] for trial, *each in rows}
        for trial, metric in connection.execute(CURVES):
            found[trial].append(f"curve {metric}")
    return found


def _differs(column: str) -> str:
    if column in WHERE_KEPT:  # with NULL in either this is NULL, which is no difference
        return f"here.{column} != there.{column}"
    return f"here.{column} IS NOT there.{column}"


def first_stage(differing: Iterable[str]) -> str:
    """Where two trainings part that differ in these: at the start, in training, or when they are evaluated."""
    names = {name.removeprefix("curve ") for name in differing}
    if names & {*COLUMNS[START]}:
        return START
    training = names & {*COLUMNS[TRAINING]} or any(name.startswith("train_") for name in names)
    return TRAINING if training else EVALUATION
