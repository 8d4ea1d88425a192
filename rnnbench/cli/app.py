"""The application: every command, each in a file of its own."""

import os
import sys
from typing import Annotated

import typer

from rnnbench.cli.bench import bench
from rnnbench.cli.check import check
from rnnbench.cli.export import export
from rnnbench.cli.listing import list_names
from rnnbench.cli.new import new
from rnnbench.cli.report import report
from rnnbench.cli.run import run
from rnnbench.cli.show import show

INTERRUPTED = (130, 143)

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


def main() -> None:
    """Run the command line; the entry point of the console script."""
    try:
        app()
    except SystemExit as end:
        if end.code in INTERRUPTED:  # torch takes seconds to take down, and whoever pressed Ctrl-C wants the prompt
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(int(str(end.code)))
        raise
    except BrokenPipeError:  # the reader of our output, head say, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
