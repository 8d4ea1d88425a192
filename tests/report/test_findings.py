"""The sentence is true of the data, whatever they are."""

from collections.abc import Callable
from typing import Any

import pytest

from rnnbench.report.data import load
from rnnbench.report.findings import Finding, find
from rnnbench.trial import Trial
from tests.report.conftest import MakeStore, learned_nothing, result

Solved = Callable[[Trial], bool]


@pytest.fixture
def finding(make_store: MakeStore) -> Callable[..., Finding]:
    """A function from a rule that says which trials are solved to the finding."""

    def make(solved: Solved, **study: Any) -> Finding:
        store = make_store(study, lambda trial: result(trial, 1.0 if solved(trial) else 0.5))
        (task,) = load(store, "small").tasks()
        return find(task)

    return make


def plain(text: str) -> str:
    """Ordinary spaces."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_one_cell_reaches_further_and_the_data_show_it(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.cell.name == "srnn" or trial.length == 5, repeats=20)
    assert plain(found.sentence) == (
        "The longest length at which latching is solved in at least 90 % of repeats is 80, the longest tested, reached "
        "by srnn (20 of 20; 100 %, 95 % interval 84–100 %); for lstm it is 5 and for gru it is 5; at that length its "
        "interval lies apart from that of lstm (0 of 20; 0 %, 95 % interval 0–16 %) and gru (0 of 20; 0 %, 95 % "
        "interval 0–16 %)."
    )


def test_overlapping_intervals_are_not_called_a_difference(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.cell.name == "srnn" or trial.seed < 6, cells=["srnn", "lstm"], lengths=[5, 20])
    assert "at that length its interval overlaps that of lstm (6 of 8; 75" in plain(found.sentence)
    assert "which these data do not separate from it." in found.sentence


def test_all_alike(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: True)
    assert "reached by srnn (8 of 8" in found.sentence
    assert found.sentence.endswith("; these intervals overlap, so the data do not separate them.")


def test_nothing_solved(finding: Callable[..., Finding]) -> None:
    assert plain(finding(lambda trial: False).sentence) == (
        "No repeat solved latching at any of 3 lengths (5 to 80): 0 of 72, and no 95 % interval of a cell at a length "
        "reaches above 32 %."
    )


def test_too_little_solved(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.cell.name == "gru" and trial.length == 20 and trial.seed < 7)
    assert plain(found.sentence).startswith(
        "Nothing solved latching in at least 90 % of repeats at any of 3 lengths (5 to 80); the highest rate is "
        "reached at length 20 by gru (7 of 8; 88 %, 95 % interval 53–98 %); at that length its interval lies apart "
        "from that of srnn (0 of 8; 0 %, 95 % interval 0–32 %)"
    )


def test_where_intervals_lie_apart(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.cell.name == "srnn" or trial.length == 5, cells=["srnn", "lstm"])
    assert plain(found.notes[1]) == (
        "Where 95 % intervals of the success rate lie apart: srnn above lstm at lengths 20 to 80."
    )


def test_cells_that_change_places_and_cells_that_never_part(finding: Callable[..., Finding]) -> None:
    def solved(trial: Trial) -> bool:
        return trial.length == {"srnn": 5, "lstm": 80, "gru": 80}[trial.cell.name]

    assert plain(finding(solved).notes[1]) == (
        "Where 95 % intervals of the success rate lie apart: srnn above lstm at length 5 but lstm above srnn at length "
        "80; srnn above gru at length 5 but gru above srnn at length 80; lstm and gru at no length."
    )


def test_gaps_below_the_horizon_are_told(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.length != 20, cells=["srnn"])
    assert "is 80, the longest tested, reached by srnn" in found.sentence
    assert plain(found.notes[1]) == "Success does not only fall with length: srnn is below 90 % also at 20."


def test_a_single_length_compares_cells_there(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.cell.name != "lstm", lengths=[20])
    assert found.sentence.startswith("On latching at length 20, repeats are solved by srnn (8 of 8")
    assert found.sentence.endswith("some of these intervals overlap, so the data do not separate srnn from gru.")


def test_many_series_are_counted_not_listed(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.hidden == 4 and trial.cell.name == "gru", hidden=[1, 2, 3, 4], lengths=[5, 20])
    assert "a shorter such length exists for 0 of 11 other series" in found.sentence
    assert "lies apart from those of 11 other series." in found.sentence


def test_the_seed_s_bug_is_seen_in_the_data_and_explained(make_store: MakeStore) -> None:
    study = {
        "tasks": ["latching:2018"],
        "protocol": {"epochs": 5, "sequences": 10_000, "validation": 2000, "split": "last", "reported": "validation"},
    }
    (task,) = load(make_store(study, learned_nothing), "small").tasks()
    note = plain(find(task).notes[-1])
    assert note.startswith(
        "Validation holds negatives only: its 2,000 sequences are the last of 10,000 that are sorted"
    )
    assert "training holds 5,000 positives in 8,000 sequences (62.5 %)" in note
    assert (
        "a model that learned nothing answers with the more frequent class and scores 0 on validation, not one half"
        in note
    )
    assert "Here 72 of 72 models score at most 0.01 (their mean test accuracy is 0.500)." in note


def test_an_absent_class_of_another_cause_is_only_stated(make_store: MakeStore) -> None:
    store = make_store(outcome=lambda trial: result(trial, 1.0) | {"validation_by_class": [None, 1.0]})
    (task,) = load(store, "small").tasks()
    assert find(task).notes[-1] == (
        "At 3 of 3 lengths validation holds no sequence of class 0: validation values say nothing about it."
    )


def test_balanced_validation_needs_no_note(finding: Callable[..., Finding]) -> None:
    rule, separation = finding(lambda trial: True).notes
    assert "counts as solved" in rule
    assert plain(separation) == "At no length do 95 % intervals of the success rate of two series lie apart."


def test_order_is_the_study_s(make_store: MakeStore) -> None:
    data = load(make_store({"cells": ["lstm:keras2", "gru[like=keras2]", "srnn:keras2"]}), "small")
    assert list(data.looks) == ["lstm[like=keras2]", "gru[like=keras2]", "srnn[like=keras2]"]
