"""The machine code's source: what ``rnnbench show CELL --kernel`` prints."""

from typing import TYPE_CHECKING

from rnnbench.errors import PluginError, RnnbenchError, UnknownName
from rnnbench.registry import CELLS
from rnnbench.words import some

if TYPE_CHECKING:
    from rnnbench.ran import Ran
    from rnnbench.trial import Trial

TASK = "latching"
"""What the cell shown is trained on."""


def print_kernel(text: str, hidden: int) -> None:
    """The numba module that trains the cell ``text`` with ``hidden`` units on TASK.

    Raises UnknownName for what is no cell, PluginError for a cell that breaks its contract, RnnbenchError for one that
    runs eagerly.
    """
    from rnnbench.cell import Cell
    from rnnbench.execute.probe import complaint_about_cell
    from rnnbench.grammar import parse
    from rnnbench.parameters import resolve
    from rnnbench.recurrence.limits import BATCHES, compiles
    from rnnbench.study import Study
    from rnnbench.train.weights import built

    if (name := parse(text).name) not in CELLS:
        raise UnknownName("cell", name, [*CELLS])
    if hidden < 1:
        raise RnnbenchError(f"--hidden must be at least 1, got {hidden}.")
    content = {"tasks": [TASK], "cells": [text], "hidden": [hidden], "lengths": [3], "protocol": {"updates": 1}}
    (trial,) = Study(name="show", repeats=1, **content).trials()
    if not compiles("auto", "cpu", hidden, trial.protocol.batch):
        raise RnnbenchError(f"--hidden must be at most {max(BATCHES)}, got {hidden}: larger cells run eagerly.")
    resolved = resolve(CELLS, text)
    if not CELLS[resolved.name].by_step:
        raise RnnbenchError(f"cell {resolved.label} has no kernel and runs eagerly: it reads whole sequences.")
    cell = built(resolved, 1, hidden)
    assert isinstance(cell, Cell), "what goes by steps is a cell"
    if complaint := complaint_about_cell(cell, 1, f"cell {resolved.label!r} with hidden={hidden}"):
        raise PluginError(complaint)
    source, ran = _generated(trial)
    if not source:
        raise RnnbenchError(f"cell {resolved.label} has no kernel and runs eagerly: {ran.reason}.")
    what = f"passes over time ({ran.reason})" if ran.reason else "whole updates"
    print(f"# {resolved.label}, {some(hidden, 'unit')}, trained on {TASK} with {trial.protocol.optimiser}: {what}.\n")
    print(source, end="")


def _generated(trial: "Trial") -> "tuple[str, Ran]":
    """The module that trains ``trial``, and what runs."""
    from rnnbench.train.fit import make_tiles
    from rnnbench.train.tile import prepare_tiles

    (tile,) = make_tiles([trial], "cpu")
    prepare_tiles([tile])
    return tile.source, tile.ran
