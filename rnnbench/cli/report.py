"""``rnnbench report``: what the store holds, as Markdown and as a page."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from rnnbench.cli import options
from rnnbench.cli.failure import user_errors


def report(
    studies: Annotated[list[str] | None, typer.Argument(help="Names of runs; all in the store by default.")] = None,
    store: options.StorePath = options.DEFAULT_STORE,
    report_dir: options.ReportFolder = Path("reports"),
) -> None:
    """Render the latest run of each name: report.md, report.html and its figures. Works while a run is writing."""
    with user_errors():
        render(store, studies or [], report_dir, print)


def render(store: Path, names: Sequence[str], folder: Path, say: Callable[[str], None]) -> None:
    """Write the reports and say where they are."""
    from rnnbench.report import write_reports

    for files in write_reports(store, names, folder):
        say(f"report: {files.html}")
        say(f"        {files.markdown}")
