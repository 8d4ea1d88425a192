"""The application: every command, each in a file of its own."""

import io
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from rnnbench.cli.bench import bench
from rnnbench.cli.check import check
from rnnbench.cli.explain import explain
from rnnbench.cli.export import export
from rnnbench.cli.failure import BAD_INPUT, INTERRUPTED, complain
from rnnbench.cli.listing import list_names
from rnnbench.cli.merge import merge
from rnnbench.cli.new import new
from rnnbench.cli.report import report
from rnnbench.cli.run import run
from rnnbench.cli.show import show
from rnnbench.cli.usage import Commands
from rnnbench.cli.verify import verify

app = typer.Typer(
    name="rnnbench",
    help="Which recurrent cell can remember what, for how long, how surely, and at what cost?",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
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
app.command()(explain)
app.command()(export)
app.command()(merge)
app.command()(verify)
app.command()(bench)
app.command()(check)
app.command()(new)


def main() -> NoReturn:
    """Run the command line; the entry point of the console script."""
    code = 0
    _mend_streams()
    try:
        code = _exit_code()
        sys.stdout.flush()
    except BrokenPipeError:
        pass  # the reader of our output, head say, has had enough
    except OSError as error:  # a full disk behind our output
        print(f"error: {error}.", file=sys.stderr)
        code = code or 1
    with suppress(OSError):
        sys.stderr.flush()
    _remove_folder_of_processes()
    os._exit(code)  # nothing is left to be closed, and taking torch down would cost most of a second


def _mend_streams() -> None:
    """Open what the caller closed, lest a store be opened in its place; letters that an encoding lacks become ?."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            opened = Path(os.devnull).open(mode)  # noqa: SIM115  # until the process ends
            os.set_inheritable(opened.fileno(), True)  # workers would meet the same
            setattr(sys, name, opened)
        elif name == "stdout" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # stderr never fails at a letter


def _remove_folder_of_processes() -> None:
    """What multiprocessing removes when Python ends by itself: the folder of the fork server's socket."""
    processes = sys.modules.get("multiprocessing.process")
    folder = getattr(processes.current_process(), "_config", {}).get("tempdir") if processes else None
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def _exit_code() -> int:
    try:
        Path.cwd()
    except OSError:
        complain("the working folder does not exist any more: change to one that does.")
        return BAD_INPUT
    try:
        app()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0
