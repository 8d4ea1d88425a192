"""Ctrl-C, and a polite kill: the command ends with what it has to say, and leaves nothing behind."""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import typer

from rnnbench.cli.failure import INTERRUPTED


@contextmanager
def interruptible(told: Callable[[], Sequence[str]]) -> Iterator[None]:
    """Until the block ends, either raises KeyboardInterrupt in it; what is ``told`` then goes to standard error."""

    def stop(number: int, _: object) -> None:
        raise KeyboardInterrupt(number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt as interrupt:
        for line in told():
            print(line, file=sys.stderr)
        raise typer.Exit(128 + signal.SIGTERM if signal.SIGTERM in interrupt.args else INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)
