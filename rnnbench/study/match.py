"""How many units bring a cell nearest to a budget."""

import math

from rnnbench.errors import STRANGE, RnnbenchError
from rnnbench.parameters import Resolved
from rnnbench.registry import CELLS
from rnnbench.study.budget import LARGEST, Budget
from rnnbench.task import Task

SPARSE = 256
"""Sizes tried upwards where a cell cannot have any number of units (heads divide it, say)."""


def matched(cell: Resolved, task: Task, budget: Budget, length: int) -> int:
    """The number of units with which ``cell`` on ``task`` comes nearest to ``budget``; the smaller of two as near.

    Found by bisection, what a cell has growing with its units; a state that grows with the sequence is that at
    ``length``. Raises RnnbenchError where no size reaches the budget.
    """
    sizes = _Sizes(cell, task, budget, task.steps(length))
    low, high = 0, 1
    while not sizes.enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if sizes.enough(middle) else (middle, high)
    near = {size: sizes.has(size) for size in (low, sizes.buildable(high))}
    return min((abs(has - budget.amount), size) for size, has in near.items() if has is not None)[1]


class _Sizes:
    """What a cell has of the budget's kind at each number of units."""

    def __init__(self, cell: Resolved, task: Task, budget: Budget, steps: int) -> None:
        self._cell, self._task, self._budget, self._steps = cell, task, budget, steps
        self._known: dict[int, int | None] = {0: None}
        self._reason = ""

    def has(self, hidden: int) -> int | None:
        """Parameters of the whole model or numbers of state; None where the cell cannot have so many units."""
        if hidden not in self._known:
            self._known[hidden] = self._counted(hidden)
        return self._known[hidden]

    def buildable(self, hidden: int) -> int:
        """The least size from ``hidden`` on that the cell can have. Raises RnnbenchError."""
        for size in range(hidden, hidden + SPARSE):
            if self.has(size) is not None:
                return size
        last = hidden + SPARSE - 1
        raise RnnbenchError(f"cell {self._cell.label} cannot be built with {hidden} to {last} units: {self._reason}")

    def enough(self, hidden: int) -> bool:
        """Whether that size has the budget or more."""
        found = self.has(self.buildable(hidden))
        return found is not None and found >= self._budget.amount

    def _counted(self, hidden: int) -> int | None:
        import torch

        from rnnbench.parts.stack import build
        from rnnbench.shapes import CELL, input_width, shapes_of

        try:
            with torch.device("meta"):  # shapes without numbers: a cell of thousands of units takes no time
                made = build(CELLS[self._cell.name], input_width(self._task), hidden, self._cell.parameters)
                fixed = {CELL + name for name in made.fixed}
                shapes = shapes_of(made, self._task)
                parameters = sum(math.prod(shape) for name, shape in shapes.items() if name not in fixed)
                has = parameters if self._budget.what == "params" else made.state_at(self._steps)
        except STRANGE as error:  # a stranger's constructor may fail in any way
            self._reason = (str(error).splitlines() or [type(error).__name__])[0]
            return None
        if parameters > LARGEST and has < self._budget.amount:
            raise RnnbenchError(
                f"no size of {self._cell.label} has {self._budget.what}={self._budget.amount}: with {hidden} units it "
                f"has {has}. Leave it out, or name sizes with hidden."
            )
        return has
