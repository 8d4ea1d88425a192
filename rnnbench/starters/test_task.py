"""Tests of the task my_task: pip install pytest, then python -m pytest FILE."""

from pathlib import Path

import numpy as np

from rnnbench.check import check
from rnnbench.registry import TASKS, add_plugin

FILE = Path(__file__).with_name("task.py")


def test_it_keeps_the_contract() -> None:
    """As `rnnbench check` asks."""
    failures = [f"{outcome.check}: {outcome.finding}" for outcome in check(FILE) if outcome.failed]
    assert not failures, "\n".join(failures)


def test_the_example_of_the_docstring() -> None:
    """Worked by hand."""
    add_plugin(FILE)
    assert TASKS["my_task"]().solve(np.array([[2, 0, 3, 3]])).tolist() == [2]
