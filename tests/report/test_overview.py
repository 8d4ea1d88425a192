"""All tasks at a glance: what it counts, and what its sentence claims."""

import re
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from rnnbench.report.content import Content, compose
from rnnbench.report.data import load
from rnnbench.report.leader import leader_sentence
from rnnbench.stats.difference import holm, mantel_haenszel
from rnnbench.stats.proportion import Proportion, wilson
from rnnbench.trial import Trial
from tests.report.conftest import MakeStore, result
from tests.report.test_findings import plain

TWO = {"tasks": ["latching", "bit_relay"], "cells": ["srnn", "lstm", "gru"], "lengths": [5, 20], "repeats": 8}


@pytest.fixture
def content(make_store: MakeStore) -> Callable[..., Content]:
    """A function from a rule that says which trials are solved to a report."""

    def make(solved: Callable[[Trial], bool], **study: Any) -> Content:
        store = make_store(TWO | study, lambda trial: result(trial, 1.0 if solved(trial) else 0.5))
        return compose(load(store, "small"))

    return make


def gru_best(trial: Trial) -> bool:
    """Gru solves all, srnn the short ones, lstm half of the short ones of one task."""
    short = trial.length == 5
    return {"gru": True, "srnn": short, "lstm": short and trial.seed < 4 and trial.task.name == "latching"}[
        trial.cell.name
    ]


def test_the_table_counts_every_repeat(content: Callable[..., Content]) -> None:
    first, *_ = content(gru_best).sections
    assert first.task == "All tasks"
    assert [column.title for column in first.results.columns] == ["Series", "latching", "bit_relay", "All solved"]
    assert [[entry.text for entry in row] for row in first.results.rows] == [
        ["gru", "20 (16 of 16)", "20 (16 of 16)", "32 of 32"],
        ["srnn", "5 (8 of 16)", "5 (8 of 16)", "16 of 32"],
        ["lstm", "none (4 of 16)", "none (0 of 16)", "4 of 32"],
    ]


def test_the_figure_has_a_tile_for_each_and_writes_the_share_in_between(content: Callable[..., Content]) -> None:
    (figure,) = content(gru_best).sections[0].figures
    tiles = re.findall(r"<path d=[^>]*clip-path[^>]*style=\"([^\"]*)\"", figure.svg)
    framed = [style for style in tiles if "stroke-width: 0.5" in style]
    assert len(framed) == 2 * 3 * 2
    assert sum("opacity: 0.6" in style for style in tiles) == 4 + 2, "what is solved by all repeats"
    assert re.findall(r">(\d+)</text>", figure.svg).count("50") == 1
    assert "Altogether: gru 32 of 32, srnn 16 of 32, lstm 4 of 32." in figure.description


def test_the_sentence_says_who_leads(content: Callable[..., Content]) -> None:
    told = content(gru_best).findings[0].sentence
    assert plain(told) == (
        "Over all tasks and lengths together gru solves most (32 of 32 repeats), more than srnn and lstm (Cochran, "
        "Mantel and Haenszel’s test at 5 %, Holm’s correction for 3 comparisons)."
    )


def test_one_task_has_no_overview(content: Callable[..., Content]) -> None:
    made = content(gru_best, tasks=["latching"])
    assert [section.task for section in made.sections] == ["latching"]
    assert len(made.findings) == 1


def test_what_words_mean_is_said_once_and_results_of_every_task(content: Callable[..., Content]) -> None:
    notes = [note for finding in content(lambda trial: True).findings for note in finding.notes]
    assert sum(note.startswith("A repeat counts as solved") for note in notes) == 1
    assert sum(note.startswith("Length by length no difference of two series is shown") for note in notes) == 2


def test_equal_sums_of_tenths_are_equal() -> None:
    """0.1 + 0.1 + 0.4 is another number than 0.4 + 0.1 + 0.1."""
    a, b = ({place: wilson(solved, 10) for place, solved in enumerate(row)} for row in ((1, 1, 4), (4, 1, 1)))
    assert leader_sentence({"a": a, "b": b}, "Here") == "Here a and b solve most (6 of 30 repeats each)."


def points(*solved: int, n: int = 10) -> dict[int, Proportion]:
    return {length: wilson(number, n) for length, number in enumerate(solved)}


def test_leader_and_others_follow_the_corrected_test() -> None:
    shares = {"a": points(10, 9, 8), "b": points(10, 8, 8), "c": points(9, 3, 1), "d": points(6, 6, 6)}
    pairs = list(combinations("abcd", 2))
    ps = holm([mantel_haenszel([*zip(shares[a].values(), shares[b].values(), strict=True)]) for a, b in pairs])
    behind = [b for (a, b), p in zip(pairs, ps, strict=True) if a == "a" and p < 0.05]
    assert behind == ["c"], "else this example shows nothing"
    assert leader_sentence(shares, "Here").startswith(
        "Here a solves most (27 of 30 repeats), more than c; no difference is shown to b and d ("
    )


def test_of_two_that_are_first_neither_is() -> None:
    shares = {"a": points(9, 1), "b": points(8, 2), "c": points(5, 1)}
    assert leader_sentence(shares, "Here").startswith(
        "Here a and b solve most (10 of 20 repeats each); no difference is shown to c ("
    )
    assert (
        leader_sentence({"a": points(9), "b": points(9)}, "Here") == "Here a and b solve most (9 of 10 repeats each)."
    )


def test_only_points_where_all_have_results_are_compared() -> None:
    """A series that lacks the hard ones is no better for it."""
    a, b = {"easy": wilson(20, 30)}, {"easy": wilson(30, 30), "hard": wilson(5, 30)}
    assert leader_sentence({"a": a, "b": b}, "Here").startswith("Here b solves most (30 of 30 repeats), more than a (")


def test_a_test_against_the_rates_names_no_leader() -> None:
    """Simpson: within each point b is ahead, but a has its repeats where that is easy; by mean rates b leads."""
    a, b = {1: wilson(95, 100), 2: wilson(0, 20)}, {1: wilson(20, 20), 2: wilson(40, 100)}
    assert leader_sentence({"a": a, "b": b}, "Here").startswith("Here b solves most (60 of 120 repeats), more than a (")
    unlike = {"a": {1: wilson(1, 1), 2: wilson(300, 1000)}, "b": {1: wilson(0, 1), 2: wilson(600, 1000)}}
    assert leader_sentence(unlike, "Here") == ""


@pytest.mark.parametrize("shares", [{}, {"a": points(9)}, {"a": points(0, 0), "b": points(0, 0)}])
def test_nothing_to_say(shares: dict[str, dict[int, Proportion]]) -> None:
    assert leader_sentence(shares, "Here") == ""


def test_many_series_of_one_task_are_told_by_their_first(content: Callable[..., Content]) -> None:
    cells = ["srnn", "lstm", "gru", "mgu", "janet"]
    (finding,) = content(lambda trial: trial.cell.name != "lstm", tasks=["latching"], cells=cells).findings
    assert (
        "Over all lengths together srnn, gru, mgu and janet solve most (16 of 16 repeats each), more than lstm ("
        in (finding.sentence)
    )
    assert "Holm’s correction for 10 comparisons" in finding.sentence
