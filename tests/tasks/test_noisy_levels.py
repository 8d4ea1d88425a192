"""Levels of ``latching`` and ``bit_relay``; their samples and oracles are in the contract tests."""

import numpy as np
import pytest

from tests.tasks.making import make, small, wanted

LATCHING = ("latching", "latching:2018", "latching[noise=2]")
POSED = [(text, length) for text in LATCHING for length in (1, 2, 3, 8)]
POSED += [(text, length) for text in ("bit_relay", "bit_relay[noise=1]") for length in (2, 3, 8)]


@pytest.mark.parametrize(("text", "length"), POSED)
def test_memoryless_against_the_best_threshold_on_the_last_element(text: str, length: int) -> None:
    task = make(text)
    batch = task.sample(np.random.default_rng(length), 20_000, length)
    agrees = (batch.inputs[:, -1, 0] > 0) == wanted(batch)
    best = max(agrees.mean(), 1 - agrees.mean(), 0.5)
    assert task.memoryless(length) == pytest.approx(best, abs=0.015)


@pytest.mark.parametrize("text", ["latching", "latching:2018", "bit_relay"])
def test_classes_are_balanced(text: str) -> None:
    task = make(text)
    shares = np.bincount(wanted(task.sample(np.random.default_rng(0), 10_000, 10))) / 10_000
    assert shares.tolist() == pytest.approx(task.class_balance, abs=0.025)


@pytest.mark.parametrize("name", ["latching", "bit_relay"])
def test_small_can_be_posed(name: str) -> None:
    assert small(name).class_balance == (0.5, 0.5)
