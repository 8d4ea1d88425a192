"""A cell under examination, and how its checks run it."""

from collections.abc import Iterator
from functools import cached_property

import torch
from torch import Tensor

from rnnbench import grammar
from rnnbench.cell import Cell, State, derived_weights
from rnnbench.errors import RnnbenchError
from rnnbench.parameters import resolve
from rnnbench.recurrence.step import Weights
from rnnbench.registry import CELLS
from rnnbench.streams import stream

SHAPES = ((1, 1), (2, 3), (3, 8))
"""Inputs and units at which a cell is built; a cell that refuses one in a RnnbenchError is built at the others."""
BATCH = 4


class CellSubject:
    """The cell ``text``: a name, or a name with parameters. Raises RnnbenchError when it cannot be made."""

    kind = "cell"

    def __init__(self, text: str) -> None:
        self.text = text
        self.resolved = resolve(CELLS, text)
        self.cls: type[Cell] = CELLS[self.resolved.name]
        self.missing = "" if self.cls.by_step else "it reads whole sequences and has no step: its own tests check it"
        self.preset = "like" in grammar.parse(text).arguments

    @cached_property
    def shapes(self) -> list[tuple[int, int]]:
        """Those of :data:`SHAPES` at which the cell can be built. Raises RnnbenchError if it refuses all of them."""
        possible = []
        for shape in SHAPES:
            try:
                self.cls(*shape, **self.resolved.parameters)
            except RnnbenchError as refusal:
                said = refusal
                continue
            possible.append(shape)
        if not possible:
            raise said
        return possible

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of checks that need one: (2, 3), or what comes nearest."""
        return (2, 3) if (2, 3) in self.shapes else self.shapes[-1]

    def bare(self, shape: tuple[int, int], dtype: torch.dtype = torch.float64) -> Cell:
        """The cell, its parameters not yet drawn."""
        return self.cls(*shape, **self.resolved.parameters).to(dtype)

    def ready(self, shape: tuple[int, int], dtype: torch.dtype = torch.float64, seed: int = 0) -> Cell:
        """The cell with parameters drawn from ``seed`` and what it derives from them."""
        cell = self.bare(shape, dtype)
        cell.reset_parameters(stream("check", seed))
        cell.derived = derived_weights(cell)
        return cell

    def each(self, dtype: torch.dtype = torch.float64) -> Iterator[tuple[tuple[int, int], Cell]]:
        """Every shape with its cell."""
        for shape in self.shapes:
            yield shape, self.ready(shape, dtype)


def normal(seed: int, *shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Standard normal numbers from ``seed``."""
    return torch.from_numpy(stream("check", seed).normal(size=shape)).to(dtype)


def start(cell: Cell, batch: int, like: Tensor) -> State:
    """The initial state in the precision of ``like``."""
    return tuple(part.to(like.dtype) for part in cell.initial_state(batch))


@torch.no_grad()
def over_time(cell: Cell, x: Tensor) -> tuple[Tensor, State]:
    """Outputs ``time batch hidden`` on ``x`` (``time batch feature``), and the last state."""
    state = start(cell, x.shape[1], x)
    outputs = []
    for now in x:
        output, state = cell.step(now, state)
        outputs.append(output)
    return torch.stack(outputs), state


def members(cells: list[Cell]) -> Weights:
    """The parameters of ``cells`` stacked, ``member ...``."""
    rows = [dict(cell.named_parameters()) for cell in cells]
    return {name: torch.stack([row[name].detach() for row in rows]) for name in rows[0]} if rows[0] else {}


def full(time: int, count: int, batch: int) -> Tensor:
    """Lengths ``member batch`` of sequences that all last ``time`` steps."""
    return torch.full((count, batch), time, dtype=torch.int64)
