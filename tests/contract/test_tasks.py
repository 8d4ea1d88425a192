"""What every task owes: the checks of ``rnnbench check``, for each task and preset."""

from functools import cache

import pytest

from rnnbench.check.finding import Failure
from rnnbench.check.task_subject import TaskSubject
from rnnbench.check.tasks import TASK_CHECKS
from rnnbench.registry import TASKS
from tests.contract.cases import cases

CHECKS = {check.name: check for check in TASK_CHECKS}


@cache
def subject(text: str) -> TaskSubject:
    return TaskSubject(text)


def test_both_tasks_of_2018_are_here() -> None:
    assert {"bit_relay", "latching", "latching[like=2018]"} <= {text for text, _ in cases(TASKS, TASK_CHECKS)}


@pytest.mark.parametrize(("text", "check"), cases(TASKS, TASK_CHECKS))
def test_task(text: str, check: str) -> None:
    if subject(text).missing:
        pytest.skip(subject(text).missing)
    finding = CHECKS[check].look(subject(text))
    assert not isinstance(finding, Failure), f"{text}, {check}: {finding}"
