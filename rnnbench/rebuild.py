"""A trial from what its row in a store says of it."""

import json

from rnnbench.study import Study
from rnnbench.trial import Trial


def rebuild(spec: str) -> Trial:
    """The trial that a row's column ``spec`` describes. Raises RnnbenchError for names that are not registered here.

    Its id is another one if its task, its cell, its optimiser or rnnbench has changed since.
    """
    told = json.loads(spec)
    protocol = {
        key: value for key, value in told["protocol"].items() if value is not None and not key.endswith("_version")
    }
    study = Study(
        name="stored", tasks=[told["task"]], cells=[told["cell"]], hidden=[told["hidden"]], lengths=[told["length"]],
        repeats=1, seed=told["seed"], precision=told["precision"], protocol=protocol,
    )  # fmt: skip
    (trial,) = study.trials()
    return trial
