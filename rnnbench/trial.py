"""One point of a study's grid: one model to train."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from rnnbench.parameters import Resolved, split
from rnnbench.parts.stacking import Stacking
from rnnbench.protocol import Protocol
from rnnbench.registry import CELLS, TASKS
from rnnbench.task import Task

Precision = Literal["32", "64", "bf16-mixed"]


class Point(NamedTuple):
    """What a user looks for while trials run, as labels: seeds, sizes and axes of the protocol are taken together."""

    task: str
    cell: str
    length: int


@dataclass(frozen=True)
class Trial:
    """Everything that decides the result. Device, kernel and versions do not: they are columns of its row."""

    task: Resolved
    cell: Resolved
    hidden: int
    length: int
    seed: int
    protocol: Protocol
    optimiser: Resolved
    precision: Precision = "32"

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The resolved specification with all defaults, as JSON knows it."""
        return {
            "task": self.task.text,
            "task_version": self.task.version,
            "cell": self.cell.text,
            "cell_version": self.cell.version,
            "hidden": self.hidden,
            "length": self.length,
            "seed": self.seed,
            "precision": self.precision,
            "protocol": self.protocol.model_dump()
            | {"optimiser": self.optimiser.text, "optimiser_version": self.optimiser.version},
        }

    @cached_property
    def id(self) -> str:
        """Sixteen hexadecimal digits that stand for :attr:`spec`."""
        return hashlib.sha256(json.dumps(self.spec, sort_keys=True).encode()).hexdigest()[:16]

    def columns(self) -> dict[str, Any]:
        """The columns of a row that say which trial it is of."""
        return {
            "trial": self.id,
            "spec": json.dumps(self.spec, sort_keys=True),
            "task": self.task.label,
            "cell": self.cell.label,
            "hidden": self.hidden,
            "length": self.length,
            "seed": self.seed,
            "precision": self.precision,
        }

    @property
    def point(self) -> Point:
        """Where it stands among those that run."""
        return Point(self.task.label, self.cell.label, self.length)

    def make_task(self) -> Task:
        """The task with its parameters."""
        task: Task = TASKS[self.task.name](**self.task.parameters)
        return task

    @cached_property
    def steps(self) -> int:
        """Steps of its longest sequence."""
        return self.make_task().steps(self.length)

    @cached_property
    def stacking(self) -> Stacking:
        """How many layers its cell has, and what between; one and nothing if it is no stack."""
        return split(CELLS[self.cell.name], self.cell.parameters)[1] or Stacking()

    @property
    def by_step(self) -> bool:
        """Whether its model goes step by step."""
        return bool(CELLS[self.cell.name].by_step)

    def activations(self, steps: int, of_cell: int) -> int:
        """Numbers kept for the backward pass of one sequence; a cell keeps ``of_cell`` for each unit and step."""
        if self.by_step:
            return steps * self.hidden * self.stacking.activations(of_cell)
        return int(CELLS[self.cell.name].activations(self.hidden, steps, self.cell.parameters))

    def cell_step_parameters(self) -> Mapping[str, Any]:
        """The cell's parameters that decide its equations, those of initialisation left out."""
        only_start = CELLS[self.cell.name].initialisation
        return {key: value for key, value in self.cell.parameters.items() if key not in only_start}
