"""The horizon: the longest length at which a cell still solves a task."""

from dataclasses import dataclass

import pandas as pd

from rnnbench.stats.axes import Series, series_of
from rnnbench.stats.proportion import Proportion

THRESHOLD = 0.9


@dataclass(frozen=True)
class Horizon:
    """The longest tested length at which one series has a success rate of at least the threshold.

    As the greatest of many uncertain numbers it is lifted by chance more often than lowered: read it with its interval.
    """

    series: Series
    length: int | None
    """None when no length reaches the threshold."""
    low: int | None
    """The longest at which all of the rate's 95 % interval is at least the threshold."""
    high: int | None
    """The longest at which some of it is."""
    tested: tuple[int, ...]
    """All lengths with results."""


def horizons(summary: pd.DataFrame, threshold: float = THRESHOLD) -> list[Horizon]:
    """Find the horizon of every series of ``summary`` that has results, in its order."""
    rows = summary[summary["n"] > 0]
    return [_horizon(series, group.sort_values("length"), threshold) for series, group in series_of(rows)]


def shares_at(summary: pd.DataFrame, length: int) -> dict[Series, Proportion]:
    """Look up the success rates at ``length`` of every series that has results there."""
    rows = summary[(summary["length"] == length) & (summary["n"] > 0)]
    return {series: _share(group.iloc[0]) for series, group in series_of(rows)}


def _horizon(series: Series, group: pd.DataFrame, threshold: float) -> Horizon:
    lengths = tuple(int(length) for length in group["length"])
    length = _longest(group[group["success_rate"] >= threshold]["length"])
    low, high = (_longest(group[group[end] >= threshold]["length"]) for end in ("low", "high"))
    return Horizon(series, length, low, high, lengths)


def _longest(lengths: "pd.Series[int]") -> int | None:
    return int(lengths.iloc[-1]) if len(lengths) else None


def _share(row: "pd.Series[float]") -> Proportion:
    return Proportion(int(row["solved"]), int(row["n"]), float(row["low"]), float(row["high"]))
