"""``rnnbench merge``: trials of several stores in one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnnbench.cli import options
from rnnbench.cli.failure import user_errors
from rnnbench.errors import RnnbenchError
from rnnbench.words import some

if TYPE_CHECKING:
    from rnnbench.store.store import Taken


def merge(
    files: Annotated[list[Path], typer.Argument(help="Stores to take trials from; they stay as they are.")],
    store: options.StorePath = options.DEFAULT_STORE,
) -> None:
    """Copy the trials of FILES that --store lacks into it, or that are errors there; it is made if need be.

    Runs are not copied. To report on what several machines trained, run the whole study once more on the merged store:
    all of it is found, and nothing is trained.
    """
    with user_errors():
        from rnnbench.store.store import Store

        for file in files:
            if file.exists() and store.exists() and file.samefile(store):
                raise RnnbenchError(f"merge takes trials from other stores than --store, got {file} for both.")
            Store(file).close()  # before anything is written: is each a store?
        with Store(store, create=True) as own:
            for file in files:
                print(f"{file}: {_told(own.take_from(file), store)}", flush=True)
            print(f"{store}: {some(len(own.finished()), 'trial')}")


def _told(taken: "Taken", store: Path) -> str:
    """How many were copied, and whether what both have is the same."""
    if not taken.differing:
        return f"{some(taken.copied, 'trial')} copied"
    return (
        f"{some(taken.copied, 'trial')} copied; {taken.shared:,} are there already, {taken.differing:,} of them with "
        f"other results, which were kept: trained with other versions, on another processor, or one is wrong "
        f"(rnnbench verify --store {store} trains them again)"
    )
