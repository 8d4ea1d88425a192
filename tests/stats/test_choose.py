"""Which candidate validation chooses."""

from typing import Any

import pandas as pd
import pytest

from rnnbench.stats.choose import choose
from tests.stats.conftest import DIVERGED, UNTRAINED, trial


def rows(rate: float, *outcomes: dict[str, Any], cell: str = "srnn") -> list[dict[str, Any]]:
    protocol = {"learning_rate": rate, "data_seed": 10**9, "reported": "validation"}
    return [trial(cell, 5, seed, protocol=protocol, **outcome) for seed, outcome in enumerate(outcomes)]


def solved(value: float = 1.0) -> dict[str, Any]:
    return {"value": value, "success": 1}


def failed(value: float = 0.5) -> dict[str, Any]:
    return {"value": value, "success": 0}


def chosen(*groups: list[dict[str, Any]]) -> float | None:
    found = choose(pd.DataFrame([row for group in groups for row in group]), ["learning_rate"])
    assert len(found) <= 1
    return next((values["learning_rate"] for values in found.values()), None)


def test_most_solved_repeats_come_first() -> None:
    """However good the mean of another is."""
    assert chosen(rows(0.1, solved(), solved(), failed(0.0)), rows(0.01, solved(), failed(0.98), failed(0.98))) == 0.1


def test_then_the_mean() -> None:
    assert chosen(rows(0.1, failed(0.6), failed(0.7)), rows(0.01, failed(0.7), failed(0.7))) == 0.01


def test_then_the_loss_that_goes_on_falling() -> None:
    """All three repeats right at either rate: the middle was the lower, which others showed to fail."""
    surely, barely = solved() | {"validation_loss": 0.001}, solved() | {"validation_loss": 0.02}
    assert chosen(rows(0.01, barely, barely), rows(0.03, surely, surely)) == 0.03
    assert chosen(rows(0.01, barely, barely), rows(0.03, surely, failed(0.0))) == 0.01


def test_a_loss_that_is_not_known_is_no_good_one() -> None:
    assert chosen(rows(0.01, solved(), solved()), rows(0.03, solved() | {"validation_loss": 0.1}, solved())) == 0.03


def test_of_errors_the_smaller_mean() -> None:
    pair = (rows(0.1, failed(0.6)), rows(0.01, failed(0.7)))
    assert chosen(*([row | {"metric": "mse"} for row in group] for group in pair)) == 0.1


def test_a_repeat_that_diverged_is_the_worst() -> None:
    assert chosen(rows(0.1, failed(0.9), DIVERGED), rows(0.01, failed(0.5), failed(0.5))) == 0.01
    errors = [row | {"metric": "mse"} for row in rows(0.1, failed(1e-9), DIVERGED)]
    assert chosen(errors, [row | {"metric": "mse"} for row in rows(0.01, failed(1e9), failed(1e9))]) == 0.01


@pytest.mark.parametrize("bad", [DIVERGED, failed(float("inf"))])
def test_one_that_diverged_is_better_than_all(bad: dict[str, Any]) -> None:
    pair = rows(0.001, bad, bad, bad), rows(0.01, failed(0.1), bad, failed(0.1))
    assert chosen(*([row | {"metric": "mse"} for row in group] for group in pair)) == 0.01


def test_of_errors_that_all_diverge_as_often_the_smaller_mean() -> None:
    pair = rows(0.001, failed(0.3), DIVERGED), rows(0.01, failed(0.2), DIVERGED)
    assert chosen(*([row | {"metric": "mse"} for row in group] for group in pair)) == 0.01


def test_of_equals_the_middle_one_in_whatever_order() -> None:
    """Where nothing tells candidates apart, an end of what was tried would look as if a better lay beyond."""
    equal = [rows(rate, failed()) for rate in (0.1, 0.001, 0.03, 0.01)]
    assert chosen(*equal) == chosen(*reversed(equal)) == 0.01
    assert chosen(*equal, rows(0.3, failed(0.4)), rows(1.0, failed())) == 0.03


def test_errors_and_skipped_trials_say_nothing() -> None:
    error, skipped = UNTRAINED | {"status": "error"}, UNTRAINED | {"status": "skipped"}
    assert chosen(rows(0.1, solved(), error, error), rows(0.01, solved(), failed(), skipped)) == 0.1
    assert chosen(rows(0.1, error), rows(0.01, skipped)) is None


def test_the_test_stream_has_no_say() -> None:
    """Not even that of the tuning's own data."""
    best = [row | {"test_value": 0.0, "test_by_class": [0.0, 0.0]} for row in rows(0.1, solved())]
    other = [row | {"test_value": 1.0, "test_by_class": [1.0, 1.0]} for row in rows(0.01, failed())]
    assert chosen(best, other) == 0.1


def test_each_setting_has_its_own() -> None:
    table = [
        *rows(0.1, solved()),
        *rows(0.01, failed()),
        *rows(0.1, failed(), cell="gru"),
        *rows(0.01, solved(), cell="gru"),
    ]
    specs = [{**row, "spec": row["spec"].replace("{", f'{{"cell": "{row["cell"]}", ', 1)} for row in table]
    found = choose(pd.DataFrame(specs), ["learning_rate"])
    by_cell = {
        place.partition('"cell": "')[2].partition('"')[0]: values["learning_rate"] for place, values in found.items()
    }
    assert by_cell == {"srnn": 0.1, "gru": 0.01}
