"""A trial from what its row in a store says of it."""

import json
from typing import Any

from rnnbench.errors import StoreError
from rnnbench.study import Study
from rnnbench.trial import Trial


def rebuild(spec: str) -> Trial:
    """The trial that a row's column ``spec`` describes. Raises RnnbenchError for names that are not registered here.

    Its id is another one if its task, its cell, its optimiser or rnnbench has changed since. StoreError is raised for a
    text that no version of rnnbench wrote, or a later one.
    """
    try:
        study = _study(json.loads(spec))
    except (ValueError, KeyError, TypeError, AttributeError):  # pydantic's are ValueErrors
        raise StoreError(
            "its specification is damaged, or of a later version of rnnbench: upgrade rnnbench, or take the row away."
        ) from None
    (trial,) = study.trials()
    return trial


def _study(told: Any) -> Study:
    protocol = {
        key: value for key, value in told["protocol"].items() if value is not None and not key.endswith("_version")
    }
    return Study(
        name="stored", tasks=[told["task"]], cells=[told["cell"]], hidden=[told["hidden"]], lengths=[told["length"]],
        repeats=1, seed=told["seed"], precision=told["precision"], protocol=protocol,
    )  # fmt: skip
