"""The horizon: the longest length at which a cell still solves a task."""

from dataclasses import dataclass

import pandas as pd

from rnnbench.stats.axes import Series, series_of
from rnnbench.stats.proportion import Proportion

THRESHOLD = 0.9


@dataclass(frozen=True)
class Horizon:
    """The longest tested length at which one series has a success rate of at least the threshold."""

    series: Series
    length: int | None
    """None when no length reaches the threshold."""
    share: Proportion | None
    """The success rate at that length."""
    missed: tuple[int, ...]
    """Shorter lengths that fall below the threshold: success does not always fall with length."""
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
    reached = group[group["success_rate"] >= threshold]
    if reached.empty:
        return Horizon(series, None, None, (), lengths)
    last = reached.iloc[-1]
    length = int(last["length"])
    below = group[(group["success_rate"] < threshold) & (group["length"] < length)]
    missed = tuple(int(item) for item in below["length"])
    return Horizon(series, length, _share(last), missed, lengths)


def _share(row: "pd.Series[float]") -> Proportion:
    return Proportion(int(row["solved"]), int(row["n"]), float(row["low"]), float(row["high"]))
