"""What an answer without memory scores: the level that results are held against."""

from collections.abc import Mapping

from rnnbench.errors import RnnbenchError, guarded
from rnnbench.parameters import resolve
from rnnbench.posed import make_task
from rnnbench.registry import TASKS

LEVEL = "no memory"
"""Its name in figures."""


def levels(label: str, lengths: list[int], chance: float | None) -> Mapping[int, float | None]:
    """By length the metric's best value for an answer that sees only the present input and the time.

    Where a task does not say, or is not at hand, that is ``chance``, the score of guessing.
    """
    try:
        task = make_task(resolve(TASKS, label))
        with guarded(f"task {label} raises"):
            told = {length: task.memoryless(length) for length in lengths}
    except RnnbenchError:  # a stranger's task that is not registered here, or is not what it was
        told = {}
    return {length: chance if told.get(length) is None else told[length] for length in lengths}
