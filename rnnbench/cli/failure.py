"""How mistakes reach the user: a line each on standard error, exit code 2, no traceback."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from rnnbench.errors import RnnbenchError, in_words
from rnnbench.identity import PLUGIN

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
"""Exit codes."""


def complain(text: object) -> None:
    """Print every line of ``text`` as an error."""
    for line in str(text).splitlines():
        print(f"error: {line}", file=sys.stderr)


@contextmanager
def user_errors() -> Iterator[None]:
    """Turn the user's mistakes, and whatever a plug-in's own lines raise, into lines and exit code 2."""
    try:
        yield
    except RnnbenchError as error:
        complain(error)
        raise typer.Exit(BAD_INPUT) from None
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # a plug-in may raise anything
        if not (place := _place_in_plugin(error)):
            raise
        complain(f"plug-in {place} raises {in_words(error)}")
        raise typer.Exit(BAD_INPUT) from None


def _place_in_plugin(error: BaseException) -> str:
    """``file:line`` of the innermost line of a plug-in file that ``error`` went through; empty if there is none."""
    frames = reversed([*traceback.walk_tb(error.__traceback__)])
    own = (
        f"{frame.f_code.co_filename}:{line}"
        for frame, line in frames
        if str(frame.f_globals.get("__name__")).startswith(PLUGIN)
    )
    return next(own, "")
