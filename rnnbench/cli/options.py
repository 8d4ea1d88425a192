"""Options that several commands share, each declared once."""

from pathlib import Path
from typing import Annotated

import typer

from rnnbench.cli import complete
from rnnbench.cli.json_output import alone
from rnnbench.store import DEFAULT_PATH

StorePath = Annotated[Path, typer.Option("--store", help="The SQLite file that holds results.", show_default=True)]
DEFAULT_STORE = DEFAULT_PATH
Plugins = Annotated[
    list[Path] | None, typer.Option("--plugin", help="A Python file that registers tasks or cells. Repeatable.")
]
ReportFolder = Annotated[Path, typer.Option("--report-dir", help="Folder of reports; each study gets one inside.")]
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
