"""Promise 6: what is chosen by validation is reported from other seeds and other data."""

import itertools
from typing import Any

import pytest
from pydantic import ValidationError

from rnnbench.data_key import DataKey
from rnnbench.errors import RnnbenchError
from rnnbench.study import Study
from rnnbench.study.setting import at_edge, setting, values_of
from rnnbench.study.tuning import chosen_trials, tuning_name, tuning_of

RATES = [1e-3, 1e-2, 1e-1]


def study(**changes: Any) -> Study:
    content: dict[str, Any] = {"name": "s", "tasks": ["latching"], "cells": ["srnn", "gru"], "lengths": [5, 10]}
    content |= {"repeats": 4, "tuning_repeats": 2, "protocol": {"epochs": 1}, "tune": {"learning_rate": RATES}}
    return Study.model_validate(content | changes)


def test_a_tuning_has_every_candidate_and_is_validated() -> None:
    trials = tuning_of(study()).trials()
    assert len(trials) == 2 * 2 * len(RATES) * 2
    assert {trial.protocol.learning_rate for trial in trials} == set(RATES)
    assert {trial.protocol.reported for trial in trials} == {"validation"}


@pytest.mark.parametrize("data", [{"epochs": 1}, {"updates": 9, "data": "fresh"}])
@pytest.mark.parametrize("dataset", ["shared", "per_seed"])
def test_no_seed_and_no_stream_of_data_is_of_both_halves(data: dict[str, Any], dataset: str) -> None:
    """A stream is its key and its purpose: disjoint keys share no sequence, for training, validation or test."""
    made = study(protocol=data | {"dataset": dataset, "data_seed": [0, 1, 7]})
    halves = (tuning_of(made).trials(), made.trials())
    for what in (lambda trial: trial.seed, DataKey.of, lambda trial: trial.protocol.data_seed):
        tuned, reported = ({what(trial) for trial in half} for half in halves)
        assert tuned
        assert reported
        assert not tuned & reported
    (one,), (other,) = (
        {tuple(DataKey.of(trial).rng(purpose).integers(2**62, size=4)) for trial in half[:1] for purpose in ("test",)}
        for half in halves
    )
    assert one != other


def test_each_reported_setting_is_one_of_the_tuning() -> None:
    made = study(
        protocol={"epochs": 1, "data_seed": [0, 1], "reported": ["test", "validation"]},
        tune={"optimiser": ["adam", "sgd"]},
    )
    tuned, reported = ({setting(trial.spec, made.tune) for trial in half.trials()} for half in (tuning_of(made), made))
    assert tuned == reported
    assert len(tuned) == 2 * 2 * 2  # cells, lengths, data


def test_what_was_chosen_is_trained_and_nothing_else() -> None:
    made = study()
    places = {setting(trial.spec, made.tune): trial for trial in made.trials()}
    chosen = {
        place: {"learning_rate": RATES[1] if trial.cell.name == "gru" else RATES[2]} for place, trial in places.items()
    }
    trials = chosen_trials(made, chosen)
    assert len(trials) == 2 * 2 * 4
    assert {(trial.cell.name, trial.protocol.learning_rate) for trial in trials} == {("gru", 1e-2), ("srnn", 1e-1)}
    assert {trial.protocol.learning_rate for trial in chosen_trials(made, {})} == {RATES[0]}


def test_several_keys_are_tuned_together() -> None:
    made = study(tune={"learning_rate": RATES, "clip": ["none", "norm"]})
    found = [values_of(trial.spec, made.tune) for trial in tuning_of(made).trials()]
    pairs = {(values["learning_rate"], values["clip"]) for values in found}
    assert pairs == set(itertools.product(RATES, ["none", "norm"]))


@pytest.mark.parametrize(("value", "end"), [(1e-3, "smallest"), (1e-2, ""), (1e-1, "largest")])
def test_the_end_of_what_was_tried(value: float, end: str) -> None:
    assert at_edge("learning_rate", value, {"learning_rate": RATES}) == end


def test_words_have_no_end() -> None:
    assert at_edge("clip", "none", {"clip": ["none", "norm"]}) == ""


def test_a_name_leaves_room_for_that_of_the_tuning() -> None:
    assert tuning_of(study(name="n" * 73)).name == tuning_name("n" * 73) == "n" * 73 + "-tuning"
    with pytest.raises(ValidationError, match="the name of a study that tunes has at most 73 letters, got 74"):
        study(name="n" * 74)


@pytest.mark.parametrize("seed", [10**9, 1e9, "1000000000", [0, 10**9]])
def test_a_data_seed_that_is_tuning_s_is_refused(seed: Any) -> None:
    """However it is written: the least of them would be data of both halves."""
    with pytest.raises(RnnbenchError, match="data seeds below 1,000,000,000, got data_seed 1000000000"):
        study(protocol={"epochs": 1, "data_seed": seed}).trials()


def test_seeds_end_below_tuning_s() -> None:
    assert max(trial.seed for trial in study(seed=10**9 - 4).trials()) == 10**9 - 1
    with pytest.raises(ValidationError, match="got seeds up to 1000000000"):
        study(seed=10**9 - 3)


def test_data_seeds_may_be_written_as_text() -> None:
    assert {
        trial.protocol.data_seed for trial in tuning_of(study(protocol={"epochs": 1, "data_seed": "5"})).trials()
    } == {10**9 + 5}


@pytest.mark.parametrize("pair", [[1e-3, "1e-3"], [0.001, 1e-3]])
def test_a_candidate_written_twice_is_one(pair: list[Any]) -> None:
    with pytest.raises(ValidationError, match="learning_rate needs two candidates or more, each once"):
        study(tune={"learning_rate": pair})


def test_a_task_with_splits_of_its_own_is_not_reported_on_what_chose() -> None:
    pytest.importorskip("sklearn")
    changes: dict[str, Any] = {"tasks": ["digits:pixels=8"], "lengths": [8]}
    assert study(**changes).trials()
    with pytest.raises(RnnbenchError, match="has one validation set, which tuning chooses by"):
        study(**changes, protocol={"epochs": 1, "reported": "validation"}).trials()


def test_a_budget_is_the_tunings_too() -> None:
    made = Study.model_validate(study().model_dump(exclude={"hidden"}) | {"match": "state=4"})
    assert {trial.hidden for trial in tuning_of(made).trials()} == {4}


def test_a_study_that_tunes_nothing_is_as_it_was() -> None:
    """An empty table changes no trial, so that stores of before are still good."""
    axis = study(tune={}, tuning_repeats=5, protocol={"epochs": 1, "learning_rate": RATES})
    assert [trial.id for trial in axis.trials()] == [trial.id for trial in study().trials()]
