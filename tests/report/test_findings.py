"""The sentence is true of the data, whatever they are."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnbench.parameters import resolve
from rnnbench.registry import CELLS
from rnnbench.report.data import load
from rnnbench.report.dips import dip_notes
from rnnbench.report.findings import Finding, find
from rnnbench.stats.summary import summarise
from rnnbench.trial import Trial
from tests.report.conftest import MakeStore, learned, learned_nothing, result, write_store
from tests.report.test_sensitivity import tuned_store

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
    found = finding(lambda trial: trial.cell.name == "srnn" or trial.length == 5, repeats=40)
    assert plain(found.sentence) == (
        "The longest length at which latching is solved in at least 90 % of repeats is 80, the longest tested, for "
        "srnn (95 % interval 80–80), 5 for lstm (5–5) and 5 for gru (5–5); the intervals of lstm and gru overlap. Over "
        "all lengths together srnn solves more than lstm and gru; no difference is shown between lstm and gru "
        "(Cochran, Mantel and Haenszel’s test at 5 %, Holm’s correction for 3 comparisons)."
    )
    assert plain(found.notes[1]).endswith("and begins at the longest whose rate surely is.")


def test_few_repeats_show_no_rate_of_ninety_percent(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.cell.name == "srnn" or trial.seed < 6, cells=["srnn", "lstm"], lengths=[5, 20])
    assert plain(found.sentence) == (
        "The longest length at which latching is solved in at least 90 % of repeats is 20, the longest tested, for "
        "srnn (95 % interval none–20) and none for lstm (none–20); these intervals overlap. Over all lengths together "
        "no difference is shown between srnn and lstm (Cochran, Mantel and Haenszel’s test at 5 %)."
    )
    assert found.notes[1].endswith("; that takes at least 35 repeats, all solved.")


def test_all_alike(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: True)
    assert "; these intervals overlap. Over all lengths together no difference is shown between srnn and lstm, or" in (
        found.sentence
    )


def test_nothing_solved(finding: Callable[..., Finding]) -> None:
    assert plain(finding(lambda trial: False).sentence) == (
        "No repeat solved latching at any of 3 lengths (5 to 80): 0 of 72, and no 95 % interval of a series at a "
        "length reaches above 33 %. The best mean test accuracy is 0.500, of srnn at length 5, where an answer without "
        "memory has 0.500. Over all lengths together no difference is shown between srnn and lstm, or between srnn "
        "and gru, or between lstm and gru (Cochran, Mantel and Haenszel’s test at 5 %, Holm’s correction for 3 "
        "comparisons)."
    )


def test_too_little_solved(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.cell.name == "gru" and trial.length == 20 and trial.seed < 7)
    assert plain(found.sentence).startswith(
        "Nothing solved latching in at least 90 % of repeats at any of 3 lengths (5 to 80); the highest rate is "
        "reached at length 20 by gru (7 of 8; 88 %, 95 % interval 53–98 %). The best mean test accuracy is 0.938, of "
        "gru at length 20, where an answer without memory has 0.500. Over all lengths together gru solves more than "
        "srnn and lstm; no difference is shown "
        "between srnn and lstm ("
    )


def test_where_cells_differ(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.cell.name == "srnn" or trial.length == 5, cells=["srnn", "lstm"])
    assert plain(found.notes[2]) == (
        "Length by length (Fisher’s exact test at 5 %, Holm’s correction for 3 comparisons): srnn above lstm at "
        "lengths 20 to 80."
    )


def test_one_of_many_lengths_may_differ_by_chance(finding: Callable[..., Finding]) -> None:
    """0 of 8 against 4 of 8 has p = 0.077, against 5 of 8 p = 0.026: once, but not as one of five."""

    def solved(trial: Trial) -> bool:
        return trial.cell.name == "srnn" and trial.length == 20 and trial.seed < 5

    study = {"cells": ["srnn", "lstm"], "lengths": [5, 10, 20, 40, 80]}
    assert plain(finding(solved, **study).notes[1]) == (
        "Length by length no difference of two series is shown (Fisher’s exact test at 5 %, Holm’s correction for 5 "
        "comparisons)."
    )
    assert "srnn is above lstm (Fisher’s" in finding(solved, **study | {"lengths": [20]}).sentence


def test_cells_that_change_places_and_cells_that_never_part(finding: Callable[..., Finding]) -> None:
    def solved(trial: Trial) -> bool:
        return trial.length == {"srnn": 5, "lstm": 80, "gru": 80}[trial.cell.name]

    assert plain(finding(solved).notes[2]) == (
        "Length by length (Fisher’s exact test at 5 %, Holm’s correction for 9 comparisons): srnn above lstm at length "
        "5 but lstm above srnn at length 80; srnn above gru at length 5 but gru above srnn at length 80."
    )


def test_gaps_below_the_horizon_are_told(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.length != 20, cells=["srnn"])
    assert "is 80, the longest tested, for srnn" in found.sentence
    assert plain(found.notes[2]) == (
        "Success does not only fall with length: srnn does worse at 20 than at 80 (Fisher’s exact test at 5 %, Holm’s "
        "correction for 3 comparisons)."
    )


def test_a_rise_below_ninety_percent_is_a_rise_too(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.length == 20 and trial.seed < 7, cells=["srnn"], repeats=10)
    assert any("srnn does worse at 5 than at 20" in note for note in found.notes)


def test_a_gap_that_chance_would_make_is_not_told(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.length != 20 or trial.seed < 6, cells=["srnn"])
    assert "is 80, the longest tested, for srnn" in found.sentence
    assert not [note for note in found.notes if note.startswith("Success does not only fall")]


def test_of_as_many_repeats_as_chance_there_is_no_gap(finding: Callable[..., Finding]) -> None:
    """One rate throughout; held against the longest of at least 90 % alone, a shorter one was told of these draws."""
    lots = np.random.default_rng(5).random((3, 26, 100)) < 0.85
    cells = ["srnn:keras2", "lstm:keras2", "gru:keras2"]
    places = {resolve(CELLS, text).text: place for place, text in enumerate(cells)}
    found = finding(
        lambda trial: lots[places[trial.cell.text], trial.length, trial.seed],
        cells=cells, lengths=[*range(1, 26)], repeats=100,
    )  # fmt: skip
    assert not [note for note in found.notes if note.startswith("Success does not only fall")]


def test_lengths_that_were_tuned_apart_are_not_compared(tmp_path: Path) -> None:
    """What a rate does is not what a length does."""
    tuned = load(tuned_store(tmp_path / "s.sqlite", lengths=[5, 20], repeats=8), "small")
    rates = {json.loads(spec)["protocol"]["learning_rate"] for spec in tuned.trials["spec"]}
    assert rates == {1e-2, 1e-1}
    trials = tuned.trials.copy()
    apart = trials["length"].eq(20)
    trials.loc[apart, "spec"] = [
        json.dumps(json.loads(spec) | {"protocol": json.loads(spec)["protocol"] | {"learning_rate": 1.0}})
        for spec in trials.loc[apart, "spec"]
    ]
    trials["success"] = trials["length"].eq(20).astype(int)
    (task,) = [task for task in tuned.tasks() if task.task.startswith("latching")]
    alike = replace(task, trials=tuned.trials.assign(success=trials["success"]))
    summary = summarise(trials)
    assert dip_notes(replace(alike, summary=summary))
    assert not dip_notes(replace(alike, trials=trials, summary=summary))


@pytest.mark.parametrize(
    ("repeats", "told"), [(3, "so few repeats cannot show a difference"), (4, "srnn is above lstm")]
)
def test_what_few_repeats_can_show(finding: Callable[..., Finding], repeats: int, told: str) -> None:
    """Three of three and none of three have a p of 0.1."""
    found = finding(lambda trial: trial.cell.name == "srnn", cells=["srnn", "lstm"], lengths=[20], repeats=repeats)
    assert told in found.sentence


def test_a_single_length_compares_cells_there(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.cell.name != "lstm", lengths=[20])
    assert found.sentence.startswith("On latching at length 20, repeats are solved by srnn (8 of 8")
    assert plain(found.sentence).endswith(
        "; srnn is above lstm, gru is above lstm (Fisher’s exact test at 5 %, Holm’s correction for 3 comparisons)."
    )
    alike = finding(lambda trial: True, lengths=[20])
    assert plain(alike.sentence).endswith(
        "; no difference is shown (Fisher’s exact test at 5 %, Holm’s correction for 3 comparisons)."
    )


def test_many_series_are_counted_not_listed(finding: Callable[..., Finding]) -> None:
    found = finding(lambda trial: trial.hidden == 4 and trial.cell.name == "gru", hidden=[1, 2, 3, 4], lengths=[5, 20])
    assert "is 20, the longest tested, for gru hidden=4 (95" in found.sentence
    assert "and 8 further series" in found.sentence
    assert not [note for note in found.notes if note.startswith("Length by length")]


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
    rule, of_horizons, separation = finding(lambda trial: True).notes
    assert "counts as solved" in rule
    assert "interval of such a length" in of_horizons
    assert separation.startswith("Length by length no difference of two series is shown")


def test_a_rule_that_nobody_can_meet_is_told(finding: Callable[..., Finding]) -> None:
    """The first element, which decides, has the wrong sign in one of 44 sequences."""
    assert (
        finding(lambda trial: False, tasks=["latching[noise=0.5]"])
        .notes[0]
        .endswith("Noise hides the answer: even the best possible one is right in 0.9772; solved is accuracy ≥ 0.99.")
    )
    assert "hides" not in finding(lambda trial: False, tasks=["latching[noise=0.4]"]).notes[0]


def test_order_is_the_study_s(make_store: MakeStore) -> None:
    data = load(make_store({"cells": ["lstm:keras2", "gru[like=keras2]", "srnn:keras2"]}), "small")
    assert list(data.looks) == ["lstm[like=keras2]", "gru[like=keras2]", "srnn[like=keras2]"]


def test_the_best_is_furthest_from_what_needs_no_memory(tmp_path: Path) -> None:
    """Where blanks are scored too, the longer sequence has the better score of answering nothing else."""
    means = {10: 0.85, 60: 0.945}
    study = {"tasks": ["copy:items=4"], "cells": ["srnn"], "lengths": [*means], "name": "small"}
    store = write_store(tmp_path / "s.sqlite", study, lambda trial: result(trial, means[trial.length]))
    (task,) = load(store, "small").tasks()
    assert [*task.levels.at.values()] == pytest.approx([14.5 / 18, 64.5 / 68])
    assert not task.levels.one
    assert find(task).sentence.endswith(
        "Furthest from what needs no memory, the mean test accuracy is 0.850, of srnn at length 10, where an answer "
        "without memory has 0.806."
    )


def test_a_task_that_is_not_at_hand_has_the_chance_that_was_stored(tmp_path: Path) -> None:
    store = write_store(tmp_path / "s.sqlite", {"cells": ["srnn"]}, learned)
    with closing(sqlite3.connect(store)) as opened, opened:
        opened.execute("UPDATE trials SET task = 'lacing'")
    (task,) = load(store, "small").tasks()
    assert (task.levels.at, task.levels.name) == ({5: 0.5, 20: 0.5, 80: 0.5}, "guessing")
    assert task.level_note == " Dashed: the score of guessing."
