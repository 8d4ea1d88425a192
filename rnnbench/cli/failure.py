"""How mistakes reach the user: a line each on standard error, exit code 2, no traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from rnnbench.errors import RnnbenchError

BAD_INPUT = 2


def complain(text: object) -> None:
    """Print every line of ``text`` as an error."""
    for line in str(text).splitlines():
        print(f"error: {line}", file=sys.stderr)


@contextmanager
def user_errors() -> Iterator[None]:
    """Turn the user's mistakes into lines and exit code 2."""
    try:
        yield
    except RnnbenchError as error:
        complain(error)
        raise typer.Exit(BAD_INPUT) from None
