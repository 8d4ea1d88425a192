"""Planted mistakes: each is found, named, shown, and nothing else is complained about."""

import json
from pathlib import Path
from typing import Any

import pytest

from rnnbench.check.finding import Failure, Outcome
from rnnbench.check.select import outcomes, select

BAD = Path(__file__).parent / "bad"

PLANTED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "global_randomness": ("seeding", "global randomness", {"seed": 0, "length": 10}),
    "future_leakage": ("causality", "future leakage", {"seed": 0, "length": 2, "step": 0}),
    "wrong_oracle": ("oracle", "wrong oracle", {"seed": 0, "length": 2, "step": 1}),
    "collision": ("streams", "train/test collision", {"length": 10}),
    "pool": ("streams", "train/test collision", {"length": 80}),
    "wrong_chance": ("chance", "wrong chance", {"declared": 0.5}),
    "ignored_length": ("length", "ignored length", {"lengths": [1, 10, 21], "mean steps": [10.0, 10.0, 10.0]}),
    "ignored_parameter": ("parameters", "silently ignored parameter", {"parameter": "noise", "value": 0.1}),
    "leak_across_batch": ("rows", "state leaking across the batch", {"inputs": 1, "hidden": 1, "row": 0}),
    "undeclared_state": ("state", "undeclared state", {"steps_so_far before": 0, "after": 3}),
    "non_float32": ("precision", "non-float32 output", {"input": "float32", "output": "float64"}),
}
"""File: the check that fails, the defect it names, and what the example says."""


def examined(name: str) -> list[Outcome]:
    return [outcome for subject in select([str(BAD / f"{name}.py")]) for outcome in outcomes(*subject)]


@pytest.mark.parametrize("name", PLANTED)
def test_exactly_the_planted_mistake_is_found(name: str) -> None:
    check, defect, example = PLANTED[name]
    found = examined(name)
    failed = [outcome for outcome in found if outcome.failed]
    assert [outcome.check for outcome in failed] == [check]
    failure = failed[0].finding
    assert isinstance(failure, Failure)
    assert failure.defect == defect
    assert {key: failure.example.get(key) for key in example} == example
    json.dumps(dict(failure.example))
