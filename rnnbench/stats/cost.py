"""What training cost."""

import pandas as pd

from rnnbench.stats.axes import SERIES
from rnnbench.stats.summary import results_of

CIRCUMSTANCES = ["parameters", "state_size", "operations", "kernel", "device", "precision"]


def cost(trials: pd.DataFrame) -> pd.DataFrame:
    """One row for each series and way of running: ``trials``, total ``wall_seconds``, ``models_per_second``.

    A trial's seconds are those of its population divided by its members, so totals are those of one process: with
    several jobs at a time a person waits for less. What is compiled once and kept is left out.
    """
    keys = [*SERIES, *CIRCUMSTANCES]
    timed = results_of(trials).assign(wall_seconds=lambda table: pd.to_numeric(table["wall_seconds"]))
    timed = timed[timed["wall_seconds"].notna()]
    groups = timed.groupby(keys, sort=False, dropna=False)["wall_seconds"]
    table = groups.agg(trials="size", wall_seconds="sum").reset_index()
    table["models_per_second"] = table["trials"] / table["wall_seconds"].where(table["wall_seconds"] > 0)
    return table
