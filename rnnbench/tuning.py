"""Tuning: values of the protocol that are chosen on validation data, with seeds and data of their own.

A study that tunes is run in two halves. Its *tuning* is a study as any other, whose grid has every candidate and whose
seeds and data begin at ``TUNING_SEED``. By its validation a candidate is chosen for each *setting*, which is all of a
trial but its seed (`rnnbench.stats.choose`). The study itself then trains what was chosen, with seeds and data of its
own: no number that is reported, and no sequence that it comes from, had a part in the choice.
"""

import json
from collections.abc import Container, Mapping
from typing import Any

from rnnbench.study import LONGEST_NAME, TUNING_SEED, Study
from rnnbench.trial import Trial

SUFFIX = "-tuning"
Values = Mapping[str, Any]
"""By key of the protocol."""


def tuning_of(study: Study) -> Study:
    """The study by which ``study`` is tuned: its grid with all candidates, validated, on other seeds and other data."""
    given = study.protocol.get("data_seed", 0)
    data_seeds = [TUNING_SEED + seed for seed in (given if isinstance(given, list) else [given])]
    protocol = study.protocol | study.tune | {"reported": "validation", "data_seed": data_seeds}
    sizes: dict[str, Any] = {"match": study.match} if study.match else {"hidden": study.hidden}
    return Study(
        name=tuning_name(study.name),
        title=f"Tuning: {study.title or study.name}",
        about=(
            f"What `{study.name}` is tuned by: every candidate, validated, with seeds and data that `{study.name}` "
            "does not use. For each cell, size, task and length the candidate is taken that solves most repeats here; "
            "of several, the one with the best mean."
        ),
        source=study.source,
        tasks=study.tasks,
        cells=study.cells,
        lengths=study.lengths,
        repeats=study.tuning_repeats,
        seed=TUNING_SEED,
        precision=study.precision,
        protocol=protocol,
        **sizes,
    )


def tuning_name(name: str) -> str:
    """What the tuning of a study called ``name`` is called."""
    return name[: LONGEST_NAME - len(SUFFIX)] + SUFFIX


def setting(spec: Mapping[str, Any], tuned: Container[str]) -> str:
    """What values are chosen for: all of a trial's specification but seeds, ``tuned`` keys and what is reported."""
    protocol = {
        key: value
        for key, value in spec["protocol"].items()
        if key != "reported" and key.removesuffix("_version") not in tuned
    }
    protocol["data_seed"] %= TUNING_SEED
    return json.dumps({**spec, "seed": None, "protocol": protocol}, sort_keys=True)


def values_of(spec: Mapping[str, Any], tuned: Container[str]) -> Values:
    """The values of ``tuned`` keys that a trial has."""
    return {key: value for key, value in spec["protocol"].items() if key in tuned}


def chosen_trials(study: Study, chosen: Mapping[str, Values]) -> list[Trial]:
    """The trials of ``study`` with what was ``chosen`` for each setting; with the first candidate where nothing was."""
    kept: dict[str, Values] = {}
    trials = []
    for trial in study.trials():
        place, values = setting(trial.spec, study.tune), values_of(trial.spec, study.tune)
        if values == kept.setdefault(place, chosen.get(place, values)):
            trials.append(trial)
    return trials


def at_edge(key: str, value: Any, tune: Mapping[str, list[Any]]) -> str:
    """``smallest`` or ``largest`` where ``value`` is an end of the numbers tried, beyond which a better may lie."""
    tried = tune.get(key, [])
    if not all(isinstance(item, int | float) for item in tried):
        return ""
    return "smallest" if value == min(tried) else "largest" if value == max(tried) else ""
