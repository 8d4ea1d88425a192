"""What no machine of this size can hold is refused, what it may hold is not."""

import re
from typing import Any

import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.execute.room import require_room
from tests.train.conftest import make_trials

GIGA = 10**9


def trials(**changes: Any) -> Any:
    protocol = {"updates": 1, "sequences": 10_000, "validation": 2_000, "test": 2_000} | changes.pop("protocol", {})
    return make_trials(
        **({"cells": ["srnn"], "hidden": [1], "lengths": [5], "repeats": 1} | changes), protocol=protocol
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"protocol": {"sequences": GIGA}},
            r"takes at least 40 GB for data \(sequences 1,000,000,000 and test 2,000\) and",
        ),
        ({"protocol": {"test": GIGA}}, r"at least 40 GB for data \(sequences 10,000 and test 1,000,000,000\)"),
        (
            {"protocol": {"batch": GIGA}},
            "and 40 GB for a batch of 1,000,000,000, and this machine has 24 GB: make them",
        ),
        (
            {"protocol": {"data": "fresh", "validation": GIGA}},
            r"40 GB for data \(validation 1,000,000,000 and test 2,000",
        ),
        ({"lengths": [10**8]}, r"latching at length 100,000,000 takes at least 9\.6 TB for data"),
    ],
)
def test_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(RnnbenchError) as caught:
        require_room(trials(**changes), memory=24 * GIGA)
    assert re.search(told, str(caught.value)), caught.value
    require_room(trials(**changes), memory=10**15)


def test_a_large_study_is_not_a_large_trial() -> None:
    require_room(trials(lengths=[5, 200], repeats=1000, hidden=[1, 256]), memory=4 * GIGA)


def test_what_lies_on_an_accelerator_is_not_this_memory_s() -> None:
    require_room(trials(protocol={"batch": GIGA}), "cuda", memory=24 * GIGA)


def test_what_only_a_cautious_plan_refuses_is_tried() -> None:
    """What is kept for the backward pass is planned for with more than any cell or model keeps."""
    require_room(trials(cells=["transformer:layers=2"], hidden=[64], lengths=[8193]), memory=24 * GIGA)
    require_room(trials(hidden=[512], lengths=[1025], protocol={"batch": 2048}), memory=24 * GIGA)
