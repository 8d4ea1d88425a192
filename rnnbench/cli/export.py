"""``rnnbench export``: the stored trials as a table for other programs."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from rnnbench.cli import options
from rnnbench.cli.failure import user_errors
from rnnbench.errors import RnnbenchError
from rnnbench.words import some


def export(
    file: Annotated[Path, typer.Argument(help="FILE.csv or FILE.parquet.")],
    store: options.StorePath = options.DEFAULT_STORE,
    run: Annotated[str | None, typer.Option(help="Only the trials of the latest run of this name.")] = None,
) -> None:
    """Write a row for every stored trial, its id in column `trial`, to FILE.csv or FILE.parquet.

    What differs between trials in their protocol (a learning rate, say) has columns of its own at the end.
    """
    with user_errors():
        rows = write(file, store, run)
    print(f"{some(rows, 'trial')} in {file}")


def write(file: Path, store_path: Path, run: str | None) -> int:
    """Write the table; returns how many rows. Raises RnnbenchError."""
    from rnnbench.stats.axes import with_axes
    from rnnbench.store.store import Store

    if file.suffix not in (".csv", ".parquet"):
        raise RnnbenchError(f"export writes .csv or .parquet, got {file.name!r}.")
    with Store(store_path) as store:
        latest = store.latest(run) if run is not None else None
        tuned = (latest.study.get("tune") or {}) if latest else {}
        table = with_axes(store.trials(latest.id if latest else None), list(tuned))
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
    return len(table)
