"""The application: every command, each in a file of its own."""

import os
import sys
from contextlib import suppress
from typing import Annotated, NoReturn

import typer

from rnnbench.cli.bench import bench
from rnnbench.cli.check import check
from rnnbench.cli.export import export
from rnnbench.cli.listing import list_names
from rnnbench.cli.new import new
from rnnbench.cli.report import report
from rnnbench.cli.run import INTERRUPTED, run
from rnnbench.cli.show import show

app = typer.Typer(
    name="rnnbench",
    help="Which recurrent cell can remember what, for how long, how surely, and at what cost?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from rnnbench import __version__

        print(f"rnnbench {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    del version


app.command()(run)
app.command()(report)
app.command("list")(list_names)
app.command()(show)
app.command()(export)
app.command()(bench)
app.command()(check)
app.command()(new)


def main() -> NoReturn:
    """Run the command line; the entry point of the console script."""
    code: int | str | None = 0
    try:
        app()
    except SystemExit as end:
        code = end.code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        pass  # the reader of our output, head say, has had enough
    except OSError as error:  # a full disk behind our output
        print(f"error: {error}.", file=sys.stderr)
        code = 1
    _leave(code if isinstance(code, int) else 0 if code is None else 1)


def _leave(code: int) -> NoReturn:
    """End at once: nothing is left to be closed, and taking torch down would cost most of a second."""
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
