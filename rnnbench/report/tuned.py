"""Which values tuning chose, beside the results that they gave."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rnnbench.report.labels import count, listed
from rnnbench.stats.axes import SERIES
from rnnbench.stats.choose import choose
from rnnbench.study.setting import at_edge, setting, values_of
from rnnbench.words import some

KEY = (*SERIES, "length")
TAKEN = "intervals and tests take it as given what was chosen"


@dataclass(frozen=True)
class Tuned:
    """What was chosen, by series and length; nothing in a study that tunes nothing."""

    tune: Mapping[str, list[Any]]
    """By key of the protocol: the candidates."""
    chosen: Mapping[tuple[Any, ...], Mapping[str, Any]]
    blind: Collection[tuple[Any, ...]] = ()
    """Where there was nothing to choose by."""

    @classmethod
    def of(cls, trials: pd.DataFrame, tuning: pd.DataFrame, tune: Mapping[str, list[Any]]) -> "Tuned":
        """Read it from the specifications of ``trials``; ``tuning`` is what it was chosen by, if that is known."""
        rows = trials.drop_duplicates(list(KEY)).to_dict("records") if tune else []
        specs = {_key(row): json.loads(row["spec"]) for row in rows}
        known = choose(tuning, tune) if not tuning.empty else None
        blind = [key for key, spec in specs.items() if known is not None and setting(spec, tune) not in known]
        return cls(tune, {key: values_of(spec, tune) for key, spec in specs.items()}, frozenset(blind))

    @property
    def titles(self) -> list[str]:
        """The heads of columns."""
        return [key.replace("_", " ").capitalize() for key in self.tune]

    def texts(self, row: Mapping[Any, Any]) -> list[str]:
        """The entries of ``row``, which has the columns of KEY; an end of what was tried is marked."""
        if not self.tune:
            return []
        untold = " (nothing to choose by)" if _key(row) in self.blind else ""
        return [self._text(key, value) + untold for key, value in self.chosen[_key(row)].items()]

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
        told = f" {listed(self.titles)}: chosen by validation, on seeds and data that are not reported."
        return told + (ends if marked else "")

    @property
    def sentence(self) -> str:
        """What was tuned, and how often an end was taken; empty in a study that tunes nothing."""
        if not self.tune:
            return ""
        made = [values for key, values in self.chosen.items() if key not in self.blind]
        told = "; ".join(_tried(key, self.tune, [values[key] for values in made]) for key in self.tune)
        blind = f"; {count(len(self.blind))} had no result to choose by" if self.blind else ""
        return f"Tuned for each of {some(len(self.chosen), 'setting')}: {told}{blind}; {TAKEN}."


def _tried(key: str, tune: Mapping[str, list[Any]], values: list[Any]) -> str:
    ends = [at_edge(key, value, tune) for value in values]
    best = [f"the {end} was taken in {count(ends.count(end))}" for end in ("smallest", "largest") if end in ends]
    candidates = listed([str(item) for item in tune[key]])
    return f"{key.replace('_', ' ')} of {candidates}{f' ({listed(best)})' if best else ''}"


def _key(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in KEY)
