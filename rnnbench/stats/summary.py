"""From trials to one row for each point of the grid, repeats taken together."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rnnbench.stats.axes import SERIES
from rnnbench.stats.proportion import share_solved

STATUSES = ("ok", "diverged", "error", "skipped")
RESULTS = ("ok", "diverged")
"""A model that diverged was trained and did not solve the task; an error or a skip says nothing of the model."""


def summarise(trials: pd.DataFrame) -> pd.DataFrame:
    """Make one row for each task, cell, hidden size, variant and length, in the order in which they come.

    ``trials`` is what :func:`rnnbench.stats.axes.with_axes` returns. Columns beside those five: ``metric``; ``n``
    results and how many trials have each status; ``mean`` and ``sd`` (n - 1) of the reported value; ``solved``,
    ``success_rate``, ``low`` and ``high`` (Wilson, 95 %); ``validation_by_class`` and ``test_by_class`` (lists of
    means, None where a class was never asked); ``median_updates`` to success (infinite when most trials never
    succeeded) and how many are ``censored``.
    """
    keys = [*SERIES, "length"]
    rows = [dict(zip(keys, values, strict=True)) | _row(group) for values, group in trials.groupby(keys, sort=False)]
    return pd.DataFrame(rows, columns=[*keys, *_row(trials.iloc[:0])])


def results_of(trials: pd.DataFrame) -> pd.DataFrame:
    """Keep the trials that are results: trained to the end, or diverged on the way."""
    return trials[trials["status"].isin(RESULTS)]


def _row(group: pd.DataFrame) -> dict[str, Any]:
    results = results_of(group)
    # a diverged trial has no final value: it counts in the success rate, not in the mean
    values = pd.to_numeric(results["value"]).dropna().to_numpy(dtype=float)
    share = share_solved(results["success"])
    needed = pd.to_numeric(results["updates_to_success"]).to_numpy(dtype=float)
    return {
        "metric": next(iter(results["metric"].dropna()), None),
        "n": len(results),
        **{status: int((group["status"] == status).sum()) for status in STATUSES},
        "mean": float(values.mean()) if len(values) else float("nan"),
        "sd": float(values.std(ddof=1)) if len(values) > 1 else float("nan"),
        "solved": share.solved,
        "success_rate": share.rate,
        "low": share.low,
        "high": share.high,
        "validation_by_class": mean_by_class(results["validation_by_class"]),
        "test_by_class": mean_by_class(results["test_by_class"]),
        "median_updates": median_censored(needed),
        "censored": int(np.isnan(needed).sum()),
    }


def mean_by_class(lists: Iterable[Sequence[float | None] | None]) -> list[float | None] | None:
    """Class by class the mean over trials, None where no trial was asked; None when no trial has classes."""
    given = [item for item in lists if isinstance(item, list)]
    if not given:
        return None
    columns = [[row[label] for row in given if row[label] is not None] for label in range(len(given[0]))]
    return [float(np.mean(np.asarray(column, dtype=float))) if column else None for column in columns]


def median_censored(updates: "np.ndarray[Any, np.dtype[np.float64]]") -> float:
    """Take the median of ``updates``, NaN (never succeeded) counting as later than everything; NaN of nothing."""
    if not len(updates):
        return float("nan")
    return float(np.median(np.where(np.isnan(updates), np.inf, updates)))
