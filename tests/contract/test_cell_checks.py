"""What every cell owes: the checks of ``rnnbench check``, for each cell and preset."""

from functools import cache

import pytest

from rnnbench.check.cell_subject import CellSubject
from rnnbench.check.cells import CELL_CHECKS
from rnnbench.check.finding import Failure
from rnnbench.registry import CELLS
from tests.contract.cases import cases

CHECKS = {check.name: check for check in CELL_CHECKS}


@cache
def subject(text: str) -> CellSubject:
    return CellSubject(text)


ELSEWHERE = [(text, "kernel") for text in ("srnn", "lstm", "gru")]
"""These kernels are compared at several sizes in ``tests/recurrence/test_kernels.py``: to compile takes long."""


@pytest.mark.parametrize(("text", "check"), [case for case in cases(CELLS, CELL_CHECKS) if case not in ELSEWHERE])
def test_cell(text: str, check: str) -> None:
    if subject(text).missing:
        pytest.skip(subject(text).missing)
    finding = CHECKS[check].look(subject(text))
    assert not isinstance(finding, Failure), f"{text}, {check}: {finding}"
