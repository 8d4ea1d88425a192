"""A worker seen from the parent: a fresh process for one population."""

import multiprocessing
import signal
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from rnnbench.errors import RnnbenchError
from rnnbench.execute.child import run_population
from rnnbench.population import Population
from rnnbench.train.place import Place

PRELOAD = ["rnnbench.execute.unhindered", "__main__", "rnnbench.execute.preload"]
"""Run once by the fork server: a worker then starts in a tenth of a second instead of five."""


@dataclass
class Worker:
    """A process that trains a population on device ``device``."""

    device: int
    process: BaseProcess
    pipe: Connection
    lifeline: Connection

    def kill(self) -> None:
        """End it at once; what it had not sent is lost, which the store never saw."""
        self.process.kill()
        self.close()

    def close(self) -> None:
        """Wait for its end and free its pipes."""
        self.process.join()
        self.pipe.close()
        self.lifeline.close()

    @property
    def died_of(self) -> str:
        """How the process ended, in words."""
        code = self.process.exitcode or 0
        return f"killed by signal {-code}" if code < 0 else f"ended with exit code {code}"


def start(number: int, population: Population, place: Place, plugins: Sequence[Path]) -> Worker:
    """Start a worker for ``population`` on ``place``."""
    context = _context()
    pipe, their_pipe = context.Pipe(duplex=False)
    their_lifeline, lifeline = context.Pipe(duplex=False)
    arguments = (their_pipe, their_lifeline, population.trials, place, tuple(plugins))
    process = context.Process(target=run_population, args=arguments, name=f"rnnbench-{number}", daemon=True)
    with undisturbed(), _explained():
        process.start()
    their_pipe.close()
    their_lifeline.close()
    return Worker(place.device, process, pipe, lifeline)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ctrl-C and a polite kill wait until the end: a process that was half told what to do would print a traceback.

    So would a fork server that is started here and still imports: it is born with Ctrl-C blocked.
    """
    heard: list[int] = []
    in_charge = threading.current_thread() is threading.main_thread()  # no other may set handlers, or is interrupted
    numbers = (signal.SIGINT, signal.SIGTERM) if in_charge else ()
    before = {number: signal.signal(number, lambda number, _: heard.append(number)) for number in numbers}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if hasattr(signal, "pthread_sigmask") else None
    try:
        yield
    finally:
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        if heard:
            signal.raise_signal(heard[0])


@contextmanager
def _explained() -> Iterator[None]:
    """Where the fork server's socket has no place, say so."""
    try:
        yield
    except OSError as error:
        if "AF_UNIX" not in str(error):
            raise
        folder = tempfile.gettempdir()
        raise RnnbenchError(f"{folder} is too long a path for a socket: set TMPDIR to a shorter folder.") from None


def _context() -> "ForkServerContext | SpawnContext":
    """Forkserver where it exists, else spawn; never fork, which hangs torch."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # where it starts it lets Ctrl-C through again, just before the server is born
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    return context


def warm_up() -> None:
    """Start the fork server now, so that it imports torch and Lightning while the caller still plans."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        from multiprocessing import forkserver

        _context()
        with undisturbed(), _explained():
            forkserver.ensure_running()
