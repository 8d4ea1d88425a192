"""``rnnbench export``: the stored trials as a table for other programs."""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnnbench.cli import options
from rnnbench.cli.failure import user_errors
from rnnbench.errors import RnnbenchError, UnknownName
from rnnbench.words import some

if TYPE_CHECKING:
    import pandas as pd

IDENTITY = ("trial", "task", "cell", "hidden", "length", "seed", "status")
"""Columns that stand beside the points of a curve, before the axes of the protocol."""


def export(
    file: Annotated[Path, typer.Argument(help="FILE.csv or FILE.parquet.")],
    store: options.StorePath = options.DEFAULT_STORE,
    run: Annotated[str | None, typer.Option(help="Only the trials of the latest run of this name.")] = None,
    curve: Annotated[str | None, typer.Option(help="Points of a curve: validation_value, train_loss, ...")] = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="A row for each cell and length: rates, intervals, means.")
    ] = False,
) -> None:
    """Write a row for every stored trial, its id in column `trial`, to FILE.csv or FILE.parquet.

    What differs between trials in their protocol (a learning rate, say) has columns of its own at the end. With --curve
    rows are points of a curve: columns `update` and `value`, beside what says which trial it is of. With --summary they
    are those of a report's table: solved of n, the rate and its 95 % interval from low to high, mean and sd.
    """
    with user_errors():
        if summary and curve is not None:
            raise RnnbenchError("export writes a --summary or a --curve, got both: call it twice.")
        rows = write(file, store, run, curve, summary=summary)
    print(f"{some(rows, 'row' if summary else 'trial' if curve is None else 'point')} in {file}")


def write(file: Path, store_path: Path, run: str | None, curve: str | None = None, *, summary: bool = False) -> int:
    """Write the table; returns how many rows. Raises RnnbenchError."""
    if file.suffix not in (".csv", ".parquet"):
        raise RnnbenchError(f"export writes .csv or .parquet, got {file.name!r}.")
    table = _table(store_path, run, curve, summary=summary)
    _save(table, file)
    return len(table)


def _table(store_path: Path, run: str | None, curve: str | None, *, summary: bool) -> "pd.DataFrame":
    from rnnbench.stats.axes import with_axes
    from rnnbench.stats.summary import summarise
    from rnnbench.store.store import Store

    with Store(store_path) as store:
        latest = store.latest(run) if run is not None else None
        tuned = (latest.study.get("tune") or {}) if latest else {}
        trials = store.trials(latest)
        table = with_axes(trials, list(tuned))
        if summary:
            return summarise(table)
        if curve is None:
            return table
        if curve not in (known := store.metrics()):
            raise UnknownName("curve", curve, known)
        axes = [name for name in table.columns if name not in trials.columns]
        return table[[*IDENTITY, *axes]].merge(store.curves(latest, curve), on="trial")


def _save(table: "pd.DataFrame", file: Path) -> None:
    to = file.resolve()
    aside = to.with_name(f".{to.stem}.{os.getpid()}{to.suffix}")  # half a table must not replace a whole one
    if to.exists() and not (to.is_file() and os.access(to.parent, os.W_OK)):
        aside = to  # a pipe, say, or a folder that lets nothing be added
    try:
        if file.suffix == ".csv":
            table.to_csv(aside, index=False)
        else:
            table.to_parquet(aside, index=False)
        if aside != to:
            aside.replace(to)
    except ImportError:
        raise RnnbenchError("Parquet needs pyarrow: pip install 'rnnbench[parquet]', or export a .csv.") from None
    except OSError as error:
        raise RnnbenchError(f"{file} cannot be written: {error.strerror or error}.") from None
    finally:
        if aside != to:
            with suppress(OSError):
                aside.unlink()
