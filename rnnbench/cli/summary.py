"""The table at the end of a run."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rnnbench.cli.board import Board
from rnnbench.words import duration, some

if TYPE_CHECKING:
    import pandas as pd

NUMBERS, LENGTHS, GAP = 14, 8, 2
"""Columns that a mean with its share takes, that lengths take, and between two of them."""


def print_summary(study: str, trials: "pd.DataFrame", tuned: Sequence[str], board: Board) -> None:
    """Mean of the reported metric and solved trials, a row a length and a column a cell."""
    from rnnbench.stats.axes import with_axes
    from rnnbench.stats.summary import summarise

    if trials.empty:
        print(f"{study}: nothing is stored.")
        return
    console = Console(emoji=False)
    summary = summarise(with_axes(trials, tuned))
    for task, rows in summary.groupby("task", sort=False):
        names = rows.apply(_name, axis=1, several=rows["hidden"].nunique() > 1)
        every = list(dict.fromkeys(names))
        widest = max(NUMBERS, *(len(line) for name in every for line in name.splitlines()))
        at_once = max(1, (console.width - LENGTHS) // (widest + GAP))
        metric = next(iter(rows["metric"].dropna()), "accuracy")
        console.print(Text(f"{task}: mean {metric}, solved trials", style="bold"), soft_wrap=True)
        for start in range(0, len(every), at_once):
            console.print(_table(rows.assign(name=names), every[start : start + at_once]))
    if (summary["diverged"] > 0).any():
        console.print("* without the models that diverged, which count as not solved")
    counts = trials["status"].value_counts().to_dict()
    told = ", ".join(f"{count} {status}" for status, count in counts.items())
    trained = f"; {board.done} trained now in {duration(board.elapsed)}" if board.done else ""
    console.print(f"{study}: {some(len(trials), 'trial')} ({told}){trained}.", highlight=False)


def _name(row: "pd.Series[Any]", several: bool) -> str:
    """The cell, and below it the axes that it is one point of, one a line."""
    axes = [part for part in str(row["variant"]).split() if several or not part.startswith("hidden=")]
    return "\n".join([str(row["cell"]), *axes])


def _table(rows: "pd.DataFrame", names: list[str]) -> Table:
    table = Table(box=None, padding=(0, GAP, 0, 0))
    table.add_column("length", justify="right")
    for name in names:
        table.add_column(Text(name), justify="right", overflow="fold")
    for length, group in rows.groupby("length"):
        by_name = {row["name"]: row for _, row in group.iterrows()}
        table.add_row(str(length), *(_cell(by_name.get(name)) for name in names))
    return table


def _cell(row: Any) -> str:
    if row is None or not row["n"]:
        return "—"
    from rnnbench.report.labels import value

    mean = "diverged" if row["mean"] != row["mean"] else value(row["mean"], row["metric"]) + "*" * bool(row["diverged"])
    return f"{mean}  {row['solved']:>2}/{row['n']}"
