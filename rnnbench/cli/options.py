"""Options that several commands share, each declared once, and what can be said against them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from rnnbench.cli import complete
from rnnbench.cli.json_output import alone
from rnnbench.errors import RnnbenchError, UnknownName
from rnnbench.store import DEFAULT_PATH

StorePath = Annotated[Path, typer.Option("--store", help="The SQLite file that holds results.", show_default=True)]
DEFAULT_STORE = DEFAULT_PATH
Plugins = Annotated[
    list[Path] | None,
    typer.Option("--plugin", help="A Python file that registers tasks, cells or optimisers. Repeatable."),
]
ReportFolder = Annotated[Path, typer.Option("--report-dir", help="Folder of reports; each run gets one inside.")]
AsJson = Annotated[bool, typer.Option("--json", callback=alone, help="Print JSON and nothing else.")]
Studies = Annotated[
    list[str] | None, typer.Argument(help="Study names or TOML files.", autocompletion=complete.studies)
]
Tasks = Annotated[
    list[str] | None, typer.Option("--task", help="A task, e.g. latching:noise=0.2.", autocompletion=complete.tasks)
]
Cells = Annotated[
    list[str] | None, typer.Option("--cell", help="A cell, e.g. lstm:keras2.", autocompletion=complete.cells)
]


def check_cpu_kernel(name: str) -> None:
    """Refuse a kernel that nothing on the CPU runs by. Raises UnknownName."""
    from rnnbench.execute.options import CPU_KERNELS

    if name not in CPU_KERNELS:
        elsewhere = "It runs on CUDA, with `rnnbench run`." if name == "triton" else ""
        raise UnknownName("kernel", name, CPU_KERNELS, elsewhere)


def refuse_unread(context: typer.Context, what: str, read: Iterable[str]) -> None:
    """Refuse the options that were given though ``what`` reads only ``read``, by their names in the program."""
    unread = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name not in {*read} and _given(context, parameter.name)
    ]
    if unread:
        them = "it" if len(unread) == 1 else "them"
        raise RnnbenchError(f"{what} does not read {', '.join(unread)}: leave {them} out.")


def _given(context: typer.Context, name: str | None) -> bool:
    source = context.get_parameter_source(name or "")
    return source is not None and source.name == "COMMANDLINE"
