"""Ratios and the page of the peers, from figures that are made up."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from peers.setting import SEQUENCES, Setting, draw_order, draw_orders
from peers.table import Result, document, number, page, ratios

SMALL = Setting("srnn", 1, 30)
WIDE = Setting("gru", 8, 10)
RESULTS = [
    Result("rnnbench", SMALL, (0.5, 0.25, 0.3), "numba"),
    Result("JAX", SMALL, (0.6, 0.9, 0.45), on_core=(0.5, 0.25, 0.9)),
    Result("JAX", WIDE, (3.0,)),
]
FACTS = {"about": ["What is measured."], "missing": {"Keras": "keras not installed"},
         "circumstances": {"date": "2026-01-01"}}  # fmt: skip


def test_the_median_counts_and_is_shared_among_members() -> None:
    assert RESULTS[0].milliseconds == 0.3
    assert RESULTS[0].microseconds_a_member == pytest.approx(10.0)


def test_ratios_are_to_rnnbench_in_the_same_setting() -> None:
    assert ratios(RESULTS) == {("rnnbench", SMALL): 1.0, ("JAX", SMALL): pytest.approx(2.0)}
    assert ratios([RESULTS[1], replace(RESULTS[0], setting=WIDE)]) == {("rnnbench", WIDE): 1.0}


@pytest.mark.parametrize(
    ("value", "text"), [(0.1234, "0.123"), (1.234, "1.23"), (12.34, "12.3"), (123.4, "123"), (98765.4, "98765")]
)
def test_three_figures(value: float, text: str) -> None:
    assert number(value) == text


def test_the_page() -> None:
    lines = page(RESULTS, FACTS).splitlines()
    assert "## 30 members of 1 unit, length 200" in lines
    assert "| srnn: rnnbench | 0.300 | 0.250 to 0.500 | 100% | 10.0 | 1.00 x | numba |" in lines
    assert "| srnn: JAX | 0.600 | 0.450 to 0.900 | 50% | 20.0 | 2.00 x |  |" in lines
    assert "| gru: JAX | 3.00 | 3.00 to 3.00 | 100% | 300 |  |  |" in lines
    assert "Left out: Keras (keras not installed)." in lines
    assert lines[-1] == "- date: 2026-01-01"
    assert not any("matrix" in line for line in lines)


def test_the_matrix_has_a_table() -> None:
    assert "| JAX | 64.2 |" in page([], FACTS | {"matrix": {"JAX": 64.21}, "matrix_about": "All of it."})


def test_the_document() -> None:
    told = document(RESULTS, FACTS)
    assert told["missing"] == FACTS["missing"]
    assert [entry["ratio"] for entry in told["results"]] == [1.0, pytest.approx(2.0), None]
    assert told["results"][2] == {
        "peer": "JAX", "cell": "gru", "hidden": 8, "members": 10, "length": 200, "batch": 16, "learning_rate": 1e-3,
        "milliseconds": 3.0, "rounds": [3.0], "on_core": [1.0],
        "microseconds_a_member": pytest.approx(300.0), "ratio": None, "note": "",
    }  # fmt: skip


def test_an_order_is_an_epoch_for_each_member() -> None:
    order = draw_order(SMALL)
    assert order.shape == (500, 30, 16)
    assert sorted(order[:, 3].ravel()) == list(range(SEQUENCES))
    assert (order[:, 3] != order[:, 4]).any()


def test_stretches_make_up_an_epoch_and_the_next_one_has_another_order() -> None:
    stretches = [*islice(draw_orders(Setting("gru", 32, 2)), 26)]
    assert {order.shape for order in stretches} == {(20, 2, 16)}
    assert sorted(np.concatenate(stretches[:25])[:, 1].ravel()) == list(range(SEQUENCES))
    assert (stretches[0] != stretches[25]).any()
