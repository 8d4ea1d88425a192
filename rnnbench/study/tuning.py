"""Tuning: values of the protocol that are chosen on validation data, with seeds and data of their own.

A study that tunes is run in two halves. Its *tuning* is a study as any other, whose grid has every candidate and whose
seeds and data begin at ``TUNING_SEED``. By its validation a candidate is chosen for each *setting*, which is all of a
trial but its seed (`rnnbench.stats.choose`). The study itself then trains what was chosen, with seeds and data of its
own: no number that is reported, and no sequence that it comes from, had a part in the choice. (A task that brings its
own splits has one training set and one for validation, for all seeds; its test set alone is kept from the choice.)
"""

from collections.abc import Mapping
from typing import Any

from rnnbench.study import TUNING, Study
from rnnbench.study.setting import TUNING_SEED, Values, setting, values_of
from rnnbench.trial import Trial


def tuning_of(study: Study) -> Study:
    """The study by which ``study`` is tuned: its grid with all candidates, validated, on other seeds and other data."""
    data_seeds = sorted({TUNING_SEED + protocol.data_seed for protocol in study.protocols()})
    protocol = study.protocol | study.tune | {"reported": "validation", "data_seed": data_seeds}
    sizes: dict[str, Any] = {"match": study.match} if study.match else {"hidden": study.hidden}
    return Study(
        name=tuning_name(study.name),
        title=f"Tuning: {study.title or study.name}",
        about=(
            f"What `{study.name}` is tuned by: every candidate, validated, with seeds and data that `{study.name}` "
            "does not report. For each cell, size, task and length the candidate is taken that solves most repeats "
            "here; of several, the one with the best mean."
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
    return name + TUNING


def chosen_trials(study: Study, chosen: Mapping[str, Values]) -> list[Trial]:
    """The trials of ``study`` with what was ``chosen`` for each setting; with the first candidate where nothing was."""
    kept: dict[str, Values] = {}
    trials = []
    for trial in study.trials():
        place, values = setting(trial.spec, study.tune), values_of(trial.spec, study.tune)
        if values == kept.setdefault(place, chosen.get(place, values)):
            trials.append(trial)
    return trials


def halves(study: Study) -> list[tuple[Study, list[Trial]]]:
    """A study with its trials, after its tuning if it has one: as if the first candidates were chosen throughout."""
    if not study.tune:
        return [(study, study.trials())]
    tuning = tuning_of(study)
    return [(tuning, tuning.trials()), (study, chosen_trials(study, {}))]
