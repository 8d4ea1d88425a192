"""``rnnbench new``: the first file of a task or a cell."""

import keyword
import shlex
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from rnnbench.cli.failure import user_errors
from rnnbench.errors import RnnbenchError
from rnnbench.grammar import is_name
from rnnbench.registry import CELLS, TASKS


class Kind(StrEnum):
    """What can be begun."""

    task = "task"
    cell = "cell"


def new(
    kind: Annotated[Kind, typer.Argument(help="What to write.")],
    name: Annotated[str, typer.Argument(help="The name to register, e.g. ring_buffer.")],
    output: Annotated[Path | None, typer.Option(help="The file to write; NAME.py here by default.")] = None,
    test: Annotated[bool, typer.Option("--test/--no-test", help="Write test_FILE beside it.")] = True,
) -> None:
    """Write a task or a cell that works, to be changed into yours, and a test beside it."""
    with user_errors():
        path = output or Path(f"{name}.py")
        _check_name(kind, name)
        if path.suffix != ".py":
            raise RnnbenchError(f"--output is a Python file such as ring_buffer.py, got {str(output)!r}.")
        files = [path, *([path.with_name(f"test_{path.name}")] if test else [])]
        _check_files(files)
        if output is None and find_spec(name) is not None:
            raise RnnbenchError(f"{path} would hide Python's module {name!r}; choose another name, or --output.")
        _write(kind, name, files)
    shown = f"--task {name} --cell gru" if kind is Kind.task else f"--task latching --cell {name}"
    print(f"written: {', '.join(map(str, files))}")
    print(f"check:   rnnbench check {shlex.quote(str(path))}")
    print(f"run:     rnnbench run --plugin {shlex.quote(str(path))} {shown} --length 5,10 --report")


def _check_name(kind: Kind, name: str) -> None:
    if not (name.isidentifier() and is_name(name)) or keyword.iskeyword(name) or name.startswith("_"):
        raise RnnbenchError(f"a name is a Python identifier such as ring_buffer, got {name!r}.")
    registry = TASKS if kind is Kind.task else CELLS
    if name in registry:
        origin = registry.entry(name).origin
        raise RnnbenchError(f"{kind} {name!r} exists already, in {origin}; choose another name.")


def _check_files(files: list[Path]) -> None:
    if not files[0].parent.is_dir():
        raise RnnbenchError(f"the folder of {files[0]} does not exist; create it first.")
    for path in files:
        if path.exists():
            raise RnnbenchError(f"{path} exists already and is left as it is; name another with --output.")


def _write(kind: Kind, name: str, files: list[Path]) -> None:
    from rnnbench.starters import starter

    texts = starter(kind.value, name, files[0].stem)
    for path, text in zip(files, texts, strict=False):
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            path.unlink(missing_ok=True)  # half a file would only be in the way of the next try
            raise RnnbenchError(f"{path} cannot be written: {error.strerror}.") from None
