"""A cell over time in float64 for tests: its weights as numpy arrays, its outputs one step after another."""

import numpy as np
import torch
from numpy.typing import NDArray

from rnnbench.cell import Cell
from rnnbench.parameters import resolve
from rnnbench.registry import CELLS

Array = NDArray[np.float64]


def make(text: str, inputs: int, hidden: int, seed: int = 0) -> Cell:
    """The cell ``text`` in double precision, its weights drawn from ``seed``."""
    resolved = resolve(CELLS, text)
    cell: Cell = CELLS[resolved.name](inputs, hidden, **resolved.parameters).double()
    cell.reset_parameters(np.random.default_rng(seed))
    return cell


def shaken(text: str, inputs: int, hidden: int, scale: float = 0.3) -> Cell:
    """The same with noise on every weight, so that none is left at nought or one."""
    cell, rng = make(text, inputs, hidden), np.random.default_rng(7)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.add_(torch.from_numpy(rng.normal(0, scale, size=tuple(parameter.shape))))
    return cell


def weights(cell: Cell) -> dict[str, Array]:
    """Every parameter by name."""
    return {name: parameter.detach().numpy().copy() for name, parameter in cell.named_parameters()}


def noise(time: int, batch: int, inputs: int) -> Array:
    """Inputs ``time batch feature``."""
    return np.random.default_rng(3).normal(size=(time, batch, inputs))


def outputs(cell: Cell, x: Array) -> Array:
    """``time batch hidden`` for inputs ``time batch feature``, from the initial state."""
    state = tuple(part.double() for part in cell.initial_state(x.shape[1]))
    widths = [part.shape for part in state]
    cell.derived = cell.derive()
    made = []
    for now in torch.from_numpy(x):
        output, state = cell.step(now, state)
        made.append(output.detach().numpy())
    assert [part.shape for part in state] == widths
    return np.array(made)


def sigmoid(x: Array) -> Array:
    """1/(1 + e^−x)."""
    return np.asarray(1 / (1 + np.exp(-x)))
