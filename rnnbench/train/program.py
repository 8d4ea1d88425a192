"""The compiled updates that all tiles of a population run, and the memory they run in."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnnbench.cell import Cell
from rnnbench.recurrence.common import optimiser_source
from rnnbench.recurrence.compile import is_known, load
from rnnbench.recurrence.derived_source import derived_source
from rnnbench.recurrence.numba_kernel import NumbaKernel
from rnnbench.recurrence.numba_source import Kernel
from rnnbench.recurrence.operations import NotLowered
from rnnbench.recurrence.origins import origins
from rnnbench.recurrence.rule import rule_source
from rnnbench.recurrence.step import starts_from_parameters
from rnnbench.recurrence.update_source import Kind, update_source
from rnnbench.recurrence.vanishing import may_end_early
from rnnbench.task import Classes, Task, Tokens
from rnnbench.train.memory import Memory
from rnnbench.train.optimise import LOSS_LIMIT, TileOptimiser
from rnnbench.train.readout import CLASSES_LISTED
from rnnbench.train.weights import Layout

Array = NDArray[Any]


@dataclass(frozen=True)
class Program:
    """Made once for a population: shapes, equations and rule of the optimiser are the same in all its tiles."""

    kernel: Kernel
    source: str
    is_new: bool
    """Whether it is compiled at its first call."""
    module: ModuleType
    memory: Memory
    places: Array
    """The place in a member's row of each number that the generated code reads."""
    start: Array
    """The state before the first step."""
    real: type[np.floating[Any]]
    """The numbers it computes with."""
    listed: int
    """Classes whose answers are counted one by one."""


def make_program(
    cell: Cell, task: Task, layout: Layout, optimiser: TileOptimiser, numba_kernel: NumbaKernel
) -> Program:
    """Raises NotLowered for what must be done operation by operation."""
    state = cell.initial_state(1)
    if isinstance(task.inputs, Tokens) and task.inputs.width:
        raise NotLowered("an embedding is learned")
    if starts_from_parameters(cell):
        raise NotLowered("the cell's initial state is made of its parameters")
    own = origins(cell, numba_kernel.lowered, layout.total)
    readout = range(layout.total - sum(layout.sizes[-2:]), layout.total)  # it and its bias come last
    places = np.array([*own.places, *readout], dtype=np.int64)
    dtype = optimiser.flat.dtype
    step = own.without_gradients_of_fixed(numba_kernel.lowered.step)
    double = dtype == torch.float64
    start = np.concatenate([part.detach().numpy().reshape(-1) for part in state])
    early = may_end_early(step, start, double=double)
    kernel = Kernel(step, numba_kernel.shape, double, inputs_wanted=False, early=early)
    derived = derived_source(own, double=kernel.double)
    classes = isinstance(task.answer, Classes)
    answers = task.answer.count if isinstance(task.answer, Classes) else task.answer.width
    kind = Kind(isinstance(task.inputs, Tokens), classes, answers)
    rule = rule_source(optimiser.rule, list(optimiser.hyper))
    source = update_source(kernel, kind, derived.source, optimiser_source(rule, LOSS_LIMIT, double=kernel.double))
    real = np.float64 if kernel.double else np.float32
    return Program(
        kernel=kernel,
        source=source,
        is_new=not is_known(source),
        module=load(source),
        memory=Memory(kernel, answers, len(places), own, derived.scratch, dtype),
        places=places,
        start=start.astype(real),
        real=real,
        listed=answers if classes and answers <= CLASSES_LISTED else 0,
    )
