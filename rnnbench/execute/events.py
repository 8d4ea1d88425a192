"""What a run tells whoever watches it."""

from dataclasses import dataclass

from rnnbench.store.row import TrialRow
from rnnbench.trial import Point

Mean = tuple[Point, float, int]
"""A mean validation value, and over how many members."""


@dataclass(frozen=True)
class Planned:
    """The run begins: how much there is to do."""

    trials: int
    """Trials to train now."""
    stored: int
    """Trials of the grid that the store already has."""
    populations: int
    points: tuple[tuple[Point, int], ...]
    """How many trials to train now, for each task, cell and length."""
    work: float
    """How much is ahead, in the unit of all that is called work here: seconds of one core, by forecast."""


@dataclass(frozen=True)
class Progress:
    """A population got on."""

    population: int
    update: int
    updates: int
    work: float
    """What of its work this population has done so far."""
    means: tuple[Mean, ...]
    """Over the population, for each task, cell and length in it."""


@dataclass(frozen=True)
class Compiling:
    """A population waits for its cell to be compiled, which is done once for a cell and a size."""

    population: int
    cell: str
    hidden: int


@dataclass(frozen=True)
class Finished:
    """These trials have their rows, and the rows are in the store."""

    population: int
    rows: tuple[TrialRow, ...]
    work: float
    """What of the planned work they were."""


@dataclass(frozen=True)
class Parted:
    """A population came to nothing and is tried again in two halves, as populations of their own."""

    population: int


@dataclass(frozen=True)
class Note:
    """Something the user should read: a population was halved, a worker died."""

    text: str


Event = Planned | Progress | Compiling | Finished | Parted | Note
