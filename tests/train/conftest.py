"""Small studies to train in a second or two."""

from typing import Any

import pytest

from rnnbench.study import Study
from rnnbench.trial import Trial

PROTOCOL = {"sequences": 200, "validation": 40, "test": 40, "updates": 6, "interval": 3, "learning_rate": 1e-2}


def make_trials(**changes: Any) -> list[Trial]:
    """Trials of a small latching study; ``protocol`` is merged, the rest replaces."""
    protocol = PROTOCOL | changes.pop("protocol", {})
    content: dict[str, Any] = {
        "name": "small",
        "tasks": ["latching"],
        "cells": ["srnn:keras2"],
        "lengths": [3, 7],
        "repeats": 3,
        "protocol": protocol,
    }
    return Study(**(content | changes)).trials()


@pytest.fixture(autouse=True)
def _few_threads() -> None:
    import torch

    torch.set_num_threads(1)
