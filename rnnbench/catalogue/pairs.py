"""Every task with every cell: 20 updates at the task's small shape."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from rnnbench.catalogue.small import small_study
from rnnbench.errors import STRANGE, MissingData
from rnnbench.registry import CELLS, TASKS
from rnnbench.train.place import Place

HIDDEN = 4
PROTOCOL = {
    "data": "fresh",
    "dataset": "shared",
    "updates": 20,
    "batch": 8,
    "validation": 40,
    "test": 40,
    "learning_rate": 1e-3,
}


@dataclass(frozen=True)
class Pair:
    """How a cell did on a task."""

    task: str
    cell: str
    status: str
    """``ok``, ``diverged``, ``error``, or ``skipped`` where the task's data are not here."""
    reason: str = ""


def all_pairs() -> list[tuple[str, str]]:
    """Every task with every cell that rnnbench ships."""
    tasks, cells = ([name for name in registry if registry.entry(name).builtin] for registry in (TASKS, CELLS))
    return [(task, cell) for task in tasks for cell in cells]


def train_pair(pair: tuple[str, str], kernel: str = "eager") -> Pair:
    """Train one of them; whatever is raised is its error, not everybody's."""
    from rnnbench.train.fit import fit

    try:
        (trial,) = small_study(pair[0], [pair[1]], PROTOCOL, hidden=[HIDDEN], repeats=1).trials()
        (row,) = fit([trial], Place(kernel=kernel))
    except MissingData as error:
        return Pair(*pair, "skipped", str(error))
    except STRANGE as error:  # whatever it is, the table shows it
        return Pair(*pair, "error", f"{type(error).__name__}: {error}")
    return Pair(*pair, row.status, row.reason)


def train_pairs(pairs: Sequence[tuple[str, str]], jobs: int, kernel: str = "eager") -> Iterator[Pair]:
    """Train each of ``pairs`` by itself, ``jobs`` at a time; they come back in order."""
    with get_context("spawn").Pool(jobs, initializer=_one_thread) as pool:
        yield from pool.imap(partial(train_pair, kernel=kernel), pairs, chunksize=8)


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)
