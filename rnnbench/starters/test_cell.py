"""Tests of the cell my_cell: pip install pytest, then python -m pytest FILE."""

from pathlib import Path

import torch

from rnnbench.cell import assign
from rnnbench.check import check
from rnnbench.registry import CELLS, add_plugin

FILE = Path(__file__).with_name("cell.py")


def test_it_keeps_the_contract() -> None:
    """As `rnnbench check` asks."""
    failures = [f"{outcome.check}: {outcome.finding}" for outcome in check(FILE) if outcome.failed]
    assert not failures, "\n".join(failures)


def test_a_step_by_hand() -> None:
    """One unit, all weights 1, a = 0.5: from h = 2 at x = -3 the new h is 0.5 · 2 + 0.5 · tanh(-3 + 2 + 1) = 1."""
    add_plugin(FILE)
    cell = CELLS["my_cell"](1, 1, a=0.5)
    for parameter in cell.parameters():
        assign(parameter, 1.0)
    output, (h,) = cell.step(torch.tensor([[-3.0]]), (torch.tensor([[2.0]]),))
    assert output.item() == h.item() == 1.0
