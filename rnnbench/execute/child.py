"""What runs in a worker process: one population, its progress and rows sent back through a pipe."""

import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from multiprocessing.connection import Connection
from pathlib import Path

from rnnbench.errors import RnnbenchError, in_words
from rnnbench.execute.events import Mean
from rnnbench.registry import add_plugin
from rnnbench.store.row import TrialRow
from rnnbench.train.place import Place
from rnnbench.trial import Trial


@dataclass(frozen=True)
class Step:
    """The population got on: the last update, member-steps so far, and means as in ``events.Progress``."""

    update: int
    steps: float
    means: tuple[Mean, ...]


@dataclass(frozen=True)
class Compiles:
    """Updates of a cell are compiled before the first one."""

    cell: str
    hidden: int


@dataclass(frozen=True)
class Done:
    """Every trial has its row."""

    rows: tuple[TrialRow, ...]


class Fault(Enum):
    """How a population failed."""

    RAISED = auto()
    MEMORY = auto()
    KILLED = auto()


@dataclass(frozen=True)
class Broken:
    """The population ended with an error."""

    reason: str
    fault: Fault


Message = Step | Compiles | Done | Broken


def run_population(
    pipe: Connection, lifeline: Connection, trials: Sequence[Trial], place: Place, plugins: Sequence[Path]
) -> None:
    """Train ``trials`` on ``place`` and send what comes of it.

    Ends when ``lifeline`` closes: a worker never outlives the process that wants its result.
    """
    os.dup2(2, 1)  # what a plug-in prints must not stand among what the parent does
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()
    pipe.send(_train(pipe, trials, place, plugins))
    pipe.close()
    os._exit(0)  # there is nothing to clean up, and the next population waits for this core


def _train(pipe: Connection, trials: Sequence[Trial], place: Place, plugins: Sequence[Path]) -> Message:
    try:
        for path in plugins:
            add_plugin(path)
        from rnnbench.train.fit import fit

        def report(update: int, steps: float, means: Sequence[Mean]) -> None:
            pipe.send(Step(update, steps, tuple(means)))

        rows = fit(
            trials,
            place,
            report=report,
            compiling=lambda cell, hidden: pipe.send(Compiles(cell, hidden)),
        )
        return Done(tuple(rows))
    except RnnbenchError as error:
        return Broken(str(error), Fault.RAISED)
    except BaseException as error:  # a stranger's code may fail in any way (Ctrl-C is the parent's); a row says so
        return Broken(in_words(error)[:500], Fault.MEMORY if _is_out_of_memory(error) else Fault.RAISED)


def _is_out_of_memory(error: BaseException) -> bool:
    text = str(error)
    return isinstance(error, MemoryError) or "can't allocate memory" in text or "out of memory" in text.lower()


def _end_with_parent(lifeline: Connection) -> None:
    try:
        lifeline.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)
