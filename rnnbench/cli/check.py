"""``rnnbench check``: do tasks and cells keep their contract?"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rnnbench.cli import complete, options
from rnnbench.cli.failure import user_errors
from rnnbench.cli.json_output import print_json
from rnnbench.errors import RnnbenchError
from rnnbench.registry import add_plugin

if TYPE_CHECKING:
    from rnnbench.check.finding import Outcome
    from rnnbench.check.select import Subject

BROKEN = 1
"""Exit code when a check failed."""


def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Tasks, cells, Python files or installed packages.", autocompletion=complete.checked),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of rnnbench's own; also without names.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="A line for each check, with its time.")] = False,
    plugin: options.Plugins = None,
    as_json: options.AsJson = False,
) -> None:
    """Check that tasks and cells keep their contract; each failure comes with the smallest example that shows it.

    The exit code is 1 if a check failed.
    """
    with user_errors():
        for path in plugin or ():
            add_plugin(path)
        found = _examined(_subjects(names or [], everything), quiet=as_json)
    if as_json:
        print_json([_row(outcome) for outcome in found], indent=1, default=str)
    else:
        from rnnbench.cli.checked import print_verdict

        print_verdict(found, verbose=verbose)
    if any(outcome.failed for outcome in found):
        raise typer.Exit(BROKEN)


def _subjects(names: list[str], everything: bool) -> "list[Subject]":
    from rnnbench.check.select import built_in, select

    if names and everything:
        raise RnnbenchError(f"--all checks everything, got {', '.join(names)} too; give names or --all.")
    return select(names) if names else built_in()


def _examined(subjects: "list[Subject]", *, quiet: bool) -> "list[Outcome]":
    from rich.console import Console
    from rich.markup import escape

    from rnnbench.check.select import outcomes

    found = []
    with Console(stderr=True, quiet=quiet, emoji=False).status("") as status:
        for number, (registry, text) in enumerate(subjects, start=1):
            status.update(f"{registry.kind} {escape(text)} ({number} of {len(subjects)})")
            found += list(outcomes(registry, text))
    return found


def _row(outcome: "Outcome") -> dict[str, Any]:
    from rnnbench.check.finding import Failure

    finding = outcome.finding
    row = {key: getattr(outcome, key) for key in ("kind", "subject", "check", "rule", "result", "seconds")}
    if isinstance(finding, Failure):
        return row | {"defect": finding.defect, "message": finding.message, "example": dict(finding.example)}
    return row | ({"message": finding.text} if finding else {})
