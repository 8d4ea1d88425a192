"""Mistakes in how a command is called, in one line as any other mistake."""

import difflib
import re
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from rnnbench.cli.failure import BAD_INPUT, complain
from rnnbench.errors import UnknownName

UsageError: Any = typer.BadParameter.__base__
"""What typer raises for words that it cannot make sense of, wherever this version keeps the class."""


class Commands(TyperGroup):
    """The commands; what is wrong with their options and arguments is told in a line."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command that the arguments name; ends the process unless called from a program."""
        given = (args, prog_name, complete_var, False, windows_expand_args)
        if not standalone_mode:
            return super().main(*given, **extra)
        try:
            code = super().main(*given, **extra)
        except typer.Abort:
            code = 1
        except SystemExit as end:  # typer ends so where the reader of our output, head say, has had enough
            code = 0 if isinstance(end.__context__, BrokenPipeError) else end.code
        except UsageError as error:
            if type(error).__name__ == "NoArgsIsHelpError":  # nothing was asked: the message is the help, if not shown
                print(error.format_message(), end="", file=sys.stderr)
            else:
                complain(told(error))
            code = BAD_INPUT
        sys.exit(code or 0)


def told(error: Any) -> str:
    """The rule, what was given, and where to read on."""
    context = error.ctx
    more = f" See {context.command_path} --help." if context is not None else ""
    return f"{_message(error)}{more}"


def _message(error: Any) -> str:
    if type(error).__name__ == "NoSuchOption":
        near = difflib.get_close_matches(error.option_name, error.possibilities or (), n=1)
        return f"there is no option {error.option_name!r}." + (f" Did you mean {near[0]!r}?" if near else "")
    said = " ".join(error.format_message().split()).rstrip(".")
    choice = re.search(r"""('[^']*'|"[^"]*") is not one of (.*)""", said)
    if choice:
        return str(UnknownName(error.param.name, choice[1][1:-1], re.findall(r"'([^']*)'", choice[2])))
    number = re.search(r"valid (integer|number|float)", said)
    if number:
        kind = "a whole number" if number[1] == "integer" else "a number"
        given = re.search(r"'[^']*' (?=is not a valid)", said)
        value = repr(error.__cause__.errors()[0]["input"]) if given is None else given[0].strip()
        return f"{error.param.opts[0]} takes {kind}, got {value}."
    return f"{said[:1].lower()}{said[1:]}{'' if said.endswith('?') else '.'}"
