"""Whether success only falls with length, or a longer one is solved more often than a shorter."""

import itertools
import json
from collections.abc import Sequence

import pandas as pd

from rnnbench.report.data import TaskData
from rnnbench.report.labels import SPACE, shortened
from rnnbench.stats.axes import SERIES, Series, series_of
from rnnbench.stats.difference import LEVEL, fisher, holm
from rnnbench.stats.horizon import shares_at
from rnnbench.stats.proportion import Proportion
from rnnbench.words import some


def dip_notes(task: TaskData) -> list[str]:
    """For each series the shorter length at which it most surely does worse than at a longer; nothing if none is shown.

    Every two lengths of every series are asked about, so that it does no harm which are told. Lengths that were trained
    otherwise (a learning rate tuned for each) say nothing of length and are not compared.
    """
    pairs = _asked(task)
    at = {length: shares_at(task.summary, length) for length in {length for _, *both in pairs for length in both}}
    ps = holm([_p(at[shorter][series], at[longer][series]) for series, shorter, longer in pairs])
    told: dict[Series, tuple[float, str]] = {}
    for (series, shorter, longer), p in zip(pairs, ps, strict=True):
        if p < told.get(series, (LEVEL, ""))[0]:
            told[series] = p, f"{task.names.series(series)} does worse at {shorter} than at {longer}"
    if not told:
        return []
    test = f"Fisher’s exact test at 5{SPACE}%, Holm’s correction for {some(len(pairs), 'comparison')}"
    return [
        f"Success does not only fall with length: {shortened([text for _, text in told.values()], 'series')} ({test})."
    ]


def _asked(task: TaskData) -> list[tuple[Series, int, int]]:
    """Every two lengths, in order, at which a series has results and was trained alike."""
    found = []
    for series, rows in series_of(task.summary[task.summary["n"] > 0]):
        trained = _protocols(task.trials, series)
        lengths: Sequence[int] = sorted(rows["length"].astype(int))
        pairs = itertools.combinations(lengths, 2)
        found += [(series, a, b) for a, b in pairs if trained[a] == trained[b]]
    return found


def _protocols(trials: pd.DataFrame, series: Series) -> dict[int, set[str]]:
    """How a series was trained at each length."""
    found: dict[int, set[str]] = {}
    for row in trials[(trials[SERIES] == list(series)).all(axis=1)].to_dict("records"):
        found.setdefault(int(row["length"]), set()).add(json.dumps(json.loads(row["spec"])["protocol"]))
    return found


def _p(shorter: Proportion, longer: Proportion) -> float:
    """Of a longer length that is solved more often only by chance."""
    return fisher(shorter, longer) if longer.rate > shorter.rate else 1.0
