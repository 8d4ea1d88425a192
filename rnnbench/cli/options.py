"""Options that several commands share, each declared once, and what can be said against them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from rnnbench.cli import complete
from rnnbench.cli.json_output import alone
from rnnbench.errors import RnnbenchError, UnknownName
from rnnbench.store import DEFAULT_PATH

GRID, KEPT, MACHINE = "The grid", "What is kept, and shown", "The machine"
"""Under which head `--help` lists an option."""

Studies = Annotated[
    list[str] | None, typer.Argument(help="Study names or TOML files.", autocompletion=complete.studies)
]
Tasks = Annotated[
    list[str] | None,
    typer.Option(
        "--task", help="A task, e.g. latching:noise=0.2.", autocompletion=complete.tasks, rich_help_panel=GRID
    ),
]
Cells = Annotated[
    list[str] | None,
    typer.Option("--cell", help="A cell, e.g. lstm:keras2.", autocompletion=complete.cells, rich_help_panel=GRID),
]
Hidden = Annotated[list[str] | None, typer.Option(help="Units, e.g. 8 or 1,8. Repeatable.", rich_help_panel=GRID)]
Lengths = Annotated[
    list[str] | None, typer.Option(help="Lengths, e.g. 50 or 10:200:10. Repeatable.", rich_help_panel=GRID)
]
FirstSeed = Annotated[int | None, typer.Option(help="The first seed.", rich_help_panel=GRID)]
StorePath = Annotated[
    Path,
    typer.Option("--store", help="The SQLite file that holds results.", show_default=True, rich_help_panel=KEPT),
]
DEFAULT_STORE = DEFAULT_PATH
ReportFolder = Annotated[
    Path, typer.Option("--report-dir", help="Folder of reports; each run gets one inside.", rich_help_panel=KEPT)
]
AsJson = Annotated[
    bool, typer.Option("--json", callback=alone, help="Print JSON and nothing else.", rich_help_panel=KEPT)
]
Plugins = Annotated[
    list[Path] | None,
    typer.Option("--plugin", help="A Python file that registers tasks, cells or optimisers. Repeatable."),
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
