"""From a store to the files of a report."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbench.errors import RnnbenchError
from rnnbench.study import NAME
from rnnbench.words import some

if TYPE_CHECKING:
    from rnnbench.report.svg import Figure


@dataclass(frozen=True)
class ReportFiles:
    """Where a report was written."""

    markdown: Path
    html: Path
    figures: tuple[Path, ...]


def write_report(store_path: Path, name: str, folder: Path) -> ReportFiles:
    """Render the latest run called ``name`` to ``report.md``, ``report.html`` and ``figures/`` in ``folder``.

    The same store gives the same bytes. Raises StoreError, UnknownName, or RnnbenchError when ``folder``
    cannot be written.
    """
    from rnnbench.report.content import compose
    from rnnbench.report.data import load
    from rnnbench.report.html import page
    from rnnbench.report.markdown import markdown

    content = compose(load(store_path, name))
    return write_files(folder, markdown(content), page(content), content.figures())


def write_files(folder: Path, markdown: str, html: str, figures: Iterable["Figure"]) -> ReportFiles:
    """Write both texts and every figure to ``folder``. Raises RnnbenchError when it cannot be written."""
    texts = {folder / "figures" / f"{figure.name}.svg": figure.file() for figure in figures}
    files = ReportFiles(folder / "report.md", folder / "report.html", tuple(texts))
    texts |= {files.markdown: markdown, files.html: html}
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise RnnbenchError(
            f"the report cannot be written to {folder}: {error.strerror}. Name a folder that can be written."
        ) from None
    return files


def write_reports(store_path: Path, names: Sequence[str], folder: Path) -> list[ReportFiles]:
    """Render the latest run of each of ``names`` (of every name in the store if there are none) to ``folder/NAME``."""
    from rnnbench.store.store import Store

    if not names:
        with Store(store_path) as store:
            names = sorted({run.name for run in store.runs()})
            if not names:
                held = some(len(store.trials()), "trial")
                raise RnnbenchError(
                    f"{store_path} holds {held} and no run, which is what a report is of: run a study of them with "
                    f"--store {store_path}; what is stored is not trained again."
                )
    for name in names:
        if not re.fullmatch(NAME, name):
            raise RnnbenchError(f"no folder can be named after a run {name!r}; rnnbench gives no such names.")
    return [write_report(store_path, name, folder / name) for name in dict.fromkeys(names)]
