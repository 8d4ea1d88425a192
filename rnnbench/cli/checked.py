"""What ``rnnbench check`` prints: a table of subjects or of checks, then every failure with its example."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rnnbench.check.finding import Failure, Outcome

MARKS = {"passed": ("✓", "green"), "noted": ("✓", "green"), "skipped": ("-", "yellow"), "failed": ("✗", "red")}


def print_verdict(outcomes: Sequence[Outcome], *, verbose: bool) -> None:
    """A row a subject, or a check with ``verbose``; failures and notes; the sum of it."""
    console = Console(highlight=False, emoji=False)
    console.print(_checks(outcomes) if verbose else _subjects(outcomes))
    console.print()
    for outcome in outcomes:
        if isinstance(outcome.finding, Failure):
            _print_failure(console, outcome, outcome.finding)
    failed = sum(outcome.failed for outcome in outcomes)
    asked = sum(outcome.result != "skipped" for outcome in outcomes)
    seconds = sum(outcome.seconds for outcome in outcomes)
    told = f"{failed} failed" if failed else "all passed"
    console.print(f"{asked} checks in {seconds:.1f} s: {told}", style="red" if failed else "green")


def _subjects(outcomes: Sequence[Outcome]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for head in ("", "name"):
        table.add_column(head, overflow="fold")
    for head in ("passed", "failed", "seconds"):
        table.add_column(head, justify="right")
    table.add_column("notes", overflow="fold")
    for kind, subject in dict.fromkeys((outcome.kind, outcome.subject) for outcome in outcomes):
        own = [outcome for outcome in outcomes if (outcome.kind, outcome.subject) == (kind, subject)]
        failed = sum(outcome.failed for outcome in own)
        notes = [f"{outcome.check}: {outcome.finding}" for outcome in own if outcome.result == "noted"]
        skipped = [outcome for outcome in own if outcome.result == "skipped"]
        if failed:
            notes += [f"not asked after the failure: {', '.join(outcome.check for outcome in skipped)}"] * bool(skipped)
        else:
            notes += [f"not checked: {outcome.finding}" for outcome in skipped]
        passed = sum(outcome.result in ("passed", "noted") for outcome in own)
        seconds = sum(outcome.seconds for outcome in own)
        style = "red" if failed else ""
        numbers = (str(passed), Text(str(failed), style=style), f"{seconds:.2f}")
        table.add_row(kind, Text(subject), *numbers, Text("\n".join(notes)))
    return table


def _checks(outcomes: Sequence[Outcome]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for head in ("", "name", "check"):
        table.add_column(head, overflow="fold")
    table.add_column("ms", justify="right")
    table.add_column("rule", overflow="fold")
    for outcome in outcomes:
        mark, style = MARKS[outcome.result]
        note = "" if outcome.failed or outcome.finding is None else f" ({outcome.finding})"
        name, milliseconds = Text(f"{outcome.kind} {outcome.subject}"), f"{1000 * outcome.seconds:.0f}"
        table.add_row(Text(mark, style=style), name, outcome.check, milliseconds, Text(outcome.rule + note))
    return table


def _print_failure(console: Console, outcome: Outcome, failure: Failure) -> None:
    head = Text(f"✗ {outcome.kind} {outcome.subject}, {outcome.check}: ")
    console.print(head.append(failure.defect, style="bold red"))
    console.print(Text(f"  {failure.message}"), soft_wrap=True)
    width = max((len(key) for key in failure.example), default=0)
    for key, value in failure.example.items():
        console.print(Text(f"    {key:<{width}}  {_shown(value)}"), soft_wrap=True)
    console.print()


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
