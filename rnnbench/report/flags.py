"""Which cells missed the budget that they were matched to, said beside their names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rnnbench.study.budget import TOLERANCE, Budget

KEY = ("task", "cell", "hidden", "length")


@dataclass(frozen=True)
class Flags:
    """By task, cell, hidden size and length: how far off; nothing for what is near enough."""

    budget: Budget | None
    off: Mapping[tuple[Any, ...], str]

    @classmethod
    def of(cls, trials: pd.DataFrame, budget: Budget | None) -> "Flags":
        """Flag what ``trials`` were off by."""
        if budget is None:
            return cls(None, {})
        known = trials[trials[budget.column].notna()]
        found = {tuple(row[key] for key in KEY): budget.flag(row[budget.column]) for row in known.to_dict("records")}
        return cls(budget, found)

    def beside(self, name: str, row: Mapping[Any, Any]) -> str:
        """``name`` with the flag of ``row``, which has the columns of KEY, or the one that the budget is of."""
        if self.budget is None:
            return name
        if self.budget.column in row:
            flag = self.budget.flag(row[self.budget.column])
        else:
            flag = self.off.get(tuple(row[key] for key in KEY), "")
        return f"{name} ({flag})" if flag else name

    @property
    def note(self) -> str:
        """The part of a caption that explains the flags; empty without a budget."""
        if self.budget is None:
            return ""
        return (
            f" Units are matched to {self.budget.what}={self.budget.amount:,}; what is off by more than "
            f"{TOLERANCE:.0%} says in brackets how far.".replace("%", " %")
        )
