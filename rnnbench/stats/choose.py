"""Which candidate is chosen in tuning: the one that solves most repeats; of several, the one with the best values."""

import json
import math
from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from rnnbench.stats.summary import results_of
from rnnbench.study.setting import Values, order_of, setting, values_of


def choose(trials: pd.DataFrame, tuned: Collection[str]) -> dict[str, Values]:
    """Find for each setting (see :func:`rnnbench.study.setting.setting`) the values of ``tuned`` keys that did best.

    ``trials`` are rows of the store that were reported on validation. Best is the share of repeats that are solved;
    then the share that did not diverge; then the mean value of those; then their mean loss on validation, which goes on
    falling where every answer is right. Of equals the middle one is taken, in the order of numbers and of the alphabet.
    Errors and skipped trials say nothing; a setting without any result is left out.
    """
    candidates: dict[str, dict[str, tuple[Values, list[dict[Any, Any]]]]] = {}
    for row in results_of(trials).to_dict("records"):
        spec = json.loads(row["spec"])
        values = values_of(spec, tuned)
        of_setting = candidates.setdefault(setting(spec, tuned), {})
        of_setting.setdefault(json.dumps(values), (values, []))[1].append(row)
    return {place: _best(list(found.values())) for place, found in candidates.items()}


def _best(candidates: Sequence[tuple[Values, list[dict[Any, Any]]]]) -> Values:
    """The best, or of equals the middle one: where nothing tells them apart, an end of what was tried is no choice."""
    scores = [_score(rows) for _, rows in candidates]
    equal = [values for (values, _), score in zip(candidates, scores, strict=True) if score == max(scores)]
    return sorted(equal, key=order_of)[(len(equal) - 1) // 2]


def _score(rows: Sequence[dict[Any, Any]]) -> tuple[float, float, float, float]:
    """Share of solved repeats, share with a finite value, mean value and mean loss of those, larger being better."""
    errors = any(row["metric"] == "mse" for row in rows)
    finite = [row for row in rows if pd.notna(row["value"]) and math.isfinite(row["value"])]
    mean = _mean([row["value"] for row in finite])
    losses = [row["validation_loss"] for row in finite if pd.notna(row.get("validation_loss"))]
    loss = _mean(losses) if losses else math.inf
    solved = sum(bool(row["success"]) for row in rows)
    return solved / len(rows), len(finite) / len(rows), -mean if errors else mean, -loss


def _mean(numbers: Sequence[float]) -> float:
    return math.fsum(numbers) / len(numbers) if numbers else 0.0
