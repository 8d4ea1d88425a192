"""Which values tuning chose, beside the results that they gave."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rnnbench.report.labels import count, listed
from rnnbench.setting import at_edge, setting, values_of
from rnnbench.stats.axes import SERIES
from rnnbench.tuning import tuning_name
from rnnbench.words import some

KEY = (*SERIES, "length")


@dataclass(frozen=True)
class Tuned:
    """What was chosen, by series and length; nothing in a study that tunes nothing."""

    tune: Mapping[str, list[Any]]
    """By key of the protocol: the candidates."""
    chosen: Mapping[tuple[Any, ...], Mapping[str, Any]]

    @classmethod
    def of(cls, trials: pd.DataFrame, tune: Mapping[str, list[Any]]) -> "Tuned":
        """Read it from the specifications of ``trials``, which were trained with it."""
        rows = trials.drop_duplicates(list(KEY)).to_dict("records") if tune else []
        return cls(tune, {_key(row): values_of(json.loads(row["spec"]), tune) for row in rows})

    @property
    def titles(self) -> list[str]:
        """The heads of columns."""
        return [key.replace("_", " ").capitalize() for key in self.tune]

    def texts(self, row: Mapping[Any, Any]) -> list[str]:
        """The entries of ``row``, which has the columns of KEY; an end of what was tried is marked."""
        return [self._text(key, self.chosen[_key(row)].get(key)) for key in self.tune]

    def _text(self, key: str, value: Any) -> str:
        end = at_edge(key, value, self.tune)
        return f"{value}{f' ({end})' if end else ''}"

    @property
    def note(self) -> str:
        """The part of a caption that explains the columns; empty where there are none."""
        if not self.tune:
            return ""
        ends = " In brackets: it is the smallest or the largest tried, and the best may lie beyond."
        marked = any("(" in text for row in self.chosen.values() for text in map(self._text, row, row.values()))
        return f" {listed(self.titles)}: chosen by validation on other seeds and other data.{ends if marked else ''}"


def tuning_sentence(study: Mapping[str, Any], trials: pd.DataFrame) -> str:
    """What was tuned, by what, and how often an end was best; empty in a study that tunes nothing."""
    tune = study.get("tune") or {}
    if not tune:
        return ""
    specs = [json.loads(text) for text in trials["spec"]]
    chosen = {setting(spec, tune): values_of(spec, tune) for spec in specs}
    told = "; ".join(_tried(key, tune, [values.get(key) for values in chosen.values()]) for key in tune)
    seeds, where = some(study["tuning_repeats"], "seed"), tuning_name(study["name"])
    return (
        f" Tuned for each cell, size, task and length ({some(len(chosen), 'setting')}) by validation on {seeds} and "
        f"data of their own, which {where} reports: {told}."
    )


def _tried(key: str, tune: Mapping[str, list[Any]], values: list[Any]) -> str:
    ends = [at_edge(key, value, tune) for value in values]
    best = [f"the {end} is best in {count(ends.count(end))}" for end in ("smallest", "largest") if end in ends]
    candidates = listed([str(item) for item in tune[key]])
    return f"{key.replace('_', ' ')} of {candidates}{f' ({listed(best)})' if best else ''}"


def _key(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in KEY)
