"""``--json``: standard output is for JSON alone. What anything else prints, a plug-in say, goes to standard error."""

import json
import math
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
    """Print to what was standard output. JSON has no word for a number that is none or has no end: it becomes null."""
    text = json.dumps(_finite(content), allow_nan=False, **how)
    print(text, file=_own[-1] if _own else sys.stdout, flush=True)


def _finite(content: Any) -> Any:
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return content
