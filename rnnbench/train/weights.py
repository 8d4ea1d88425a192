"""A tile's weights: one row of numbers a member, and the named tensors cut from it."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

from rnnbench.cell import Model
from rnnbench.errors import STRANGE, PluginError, RnnbenchError, first_line, in_words
from rnnbench.parameters import Resolved
from rnnbench.parts.initialise import glorot, uniform
from rnnbench.parts.stack import build
from rnnbench.recurrence.step import Weights
from rnnbench.registry import CELLS
from rnnbench.shapes import CELL, input_width, shapes_of
from rnnbench.streams import stream
from rnnbench.task import Task
from rnnbench.trial import Trial


def make_cell(trial: Trial, task: Task, dtype: torch.dtype) -> Model:
    """The trial's cell, its parameters not yet drawn. Raises PluginError when it cannot be built."""
    return built(trial.cell, input_width(task), trial.hidden).to(dtype)


def built(cell: Resolved, inputs: int, hidden: int) -> Model:
    """The cell with ``inputs`` features and ``hidden`` units. Raises PluginError when it cannot be built."""
    try:
        return build(CELLS[cell.name], inputs, hidden, cell.parameters)
    except STRANGE as error:
        why = first_line(error) if isinstance(error, RnnbenchError) else in_words(error)
        if "can't allocate memory" in why:
            why = "its weights do not fit into this machine's memory; ask for fewer units."
        raise PluginError(f"cell {cell.label} cannot be built with hidden={hidden}: {why}") from None


@contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    """PyTorch makes new tensors in ``dtype``."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


class Layout:
    """Where each named tensor lies in a member's row: the cell's parameters, read-out, its bias, embedding."""

    def __init__(self, cell: Model, task: Task) -> None:
        self.shapes = shapes_of(cell, task)
        self.sizes = [math.prod(shape) for shape in self.shapes.values()]
        self.total = sum(self.sizes)
        fixed, ends = {CELL + name for name in cell.fixed}, accumulate(self.sizes)
        self.fixed = [
            place
            for name, size, end in zip(self.shapes, self.sizes, ends, strict=True)
            if name in fixed
            for place in range(end - size, end)
        ]
        """Places of the row that are not trained."""

    def cut(self, flat: Tensor) -> tuple[Weights, Weights]:
        """``member parameter`` to the cell's weights and the others, each ``member ...`` and contiguous."""
        parts = torch.split(flat, self.sizes, dim=1)
        named = {
            name: part.reshape(len(flat), *shape).contiguous()
            for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
        }
        own = {name.removeprefix(CELL): part for name, part in named.items() if name.startswith(CELL)}
        return own, {name: part for name, part in named.items() if not name.startswith(CELL)}


def initial_weights(trials: Sequence[Trial], layout: Layout, task: Task, dtype: torch.dtype) -> Tensor:
    """Every trial's initial weights, ``member parameter``, from a stream of its own."""
    return torch.stack([_initial_row(trial, layout, task, dtype) for trial in trials])


def _initial_row(trial: Trial, layout: Layout, task: Task, dtype: torch.dtype) -> Tensor:
    rng = stream("init", trial.cell.text, trial.task.text, trial.hidden, trial.length, trial.seed)
    cell = make_cell(trial, task, dtype)
    cell.reset_parameters(rng)
    parts = [parameter.detach().reshape(-1) for parameter in cell.parameters()]
    hidden, width = layout.shapes["readout"]
    if trial.protocol.readout == "glorot":
        readout, bias = glorot(rng, hidden, width, hidden), np.zeros(width)
    else:
        readout, bias = uniform(rng, hidden, width, hidden), uniform(rng, 1, width, hidden)
    drawn = [readout, bias]
    if "embedding" in layout.shapes:
        drawn.append(rng.normal(size=layout.shapes["embedding"]))
    parts += [torch.from_numpy(np.ascontiguousarray(item)).to(dtype).reshape(-1) for item in drawn]
    return torch.cat(parts)
