"""``--json``: standard output is for JSON alone. What anything else prints, a plug-in say, goes to standard error."""

import json
import sys
from contextlib import redirect_stdout
from typing import Any, TextIO

import typer

_own: list[TextIO] = []
"""Standard output, while something else stands in its place."""


def alone(context: typer.Context, wanted: bool) -> bool:
    """Called when the flag is read, before any plug-in is."""
    if wanted:
        _own.append(sys.stdout)
        context.with_resource(redirect_stdout(sys.stderr))
        context.call_on_close(_own.pop)
    return wanted


def print_json(content: Any, **how: Any) -> None:
    """Print to what was standard output."""
    print(json.dumps(content, **how), file=_own[-1] if _own else sys.stdout, flush=True)
