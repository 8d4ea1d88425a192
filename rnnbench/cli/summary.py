"""The table at the end of a run."""

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rnnbench.cli.board import Board
from rnnbench.cli.forecast import duration
from rnnbench.words import some

if TYPE_CHECKING:
    import pandas as pd

CELLS_A_TABLE = 4
"""Fits 80 columns."""


def print_summary(study: str, trials: "pd.DataFrame", board: Board) -> None:
    """Mean of the reported metric and solved trials, a row a length and a column a cell."""
    from rnnbench.stats.axes import with_axes
    from rnnbench.stats.summary import summarise

    if trials.empty:
        print(f"{study}: nothing is stored.")
        return
    console = Console(emoji=False)
    summary = summarise(with_axes(trials))
    for task, rows in summary.groupby("task", sort=False):
        names = rows.apply(_name, axis=1, several=rows["hidden"].nunique() > 1)
        for start in range(0, names.nunique(), CELLS_A_TABLE):
            shown = list(dict.fromkeys(names))[start : start + CELLS_A_TABLE]
            console.print(_table(str(task), rows.assign(name=names), shown))
    counts = trials["status"].value_counts().to_dict()
    told = ", ".join(f"{count} {status}" for status, count in counts.items())
    trained = f"; {board.done} trained now in {duration(board.elapsed)}" if board.done else ""
    console.print(f"{study}: {some(len(trials), 'trial')} ({told}){trained}.", highlight=False)


def _name(row: "pd.Series[Any]", several: bool) -> str:
    variant = str(row["variant"])
    if not several:
        variant = ", ".join(part for part in variant.split(", ") if part and not part.startswith("hidden="))
    return f"{row['cell']}\n{variant}" if variant else str(row["cell"])


def _table(task: str, rows: "pd.DataFrame", names: list[str]) -> Table:
    metric = next(iter(rows["metric"].dropna()), "accuracy")
    title = Text(f"{task}: mean {metric}, solved trials")
    table = Table(title=title, title_style="bold", box=None, padding=(0, 2, 0, 0))
    table.add_column("length", justify="right")
    for name in names:
        table.add_column(Text(name), justify="right")
    for length, group in rows.groupby("length"):
        by_name = {row["name"]: row for _, row in group.iterrows()}
        table.add_row(str(length), *(_cell(by_name.get(name)) for name in names))
    return table


def _cell(row: Any) -> str:
    if row is None or not row["n"]:
        return "—"
    mean = "diverged" if row["mean"] != row["mean"] else f"{row['mean']:.3f}"
    return f"{mean}  {row['solved']:>2}/{row['n']}"
