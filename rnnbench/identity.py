"""What the results of a plug-in depend on: its code, the modules beside it that it imports, the data that it names.

All are part of a trial's identity: with any of them changed it is another trial, and nothing old is taken for its
result. Modules are found in the source text, so that nothing need be imported: what lies in a plug-in file's own
folder, or in the package of an entry point. What is installed elsewhere is told by the column ``versions``.
"""

import ast
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rnnbench.errors import PluginError

PACKAGE = "__init__.py"
PLUGIN = "rnnbench_plugin_"
"""How the module of a plug-in file begins."""


def code(path: Path, module: str) -> str:
    """A hash of the file ``path``, imported as ``module``, and of all that it imports beside it."""
    found, root = hashlib.sha256(path.read_bytes()), root_of(path, module)
    for file in imported(path, module):
        found.update(f"\n{file.relative_to(root).as_posix()} ".encode() + file.read_bytes())
    return found.hexdigest()[:16]


def data(paths: Iterable[str | Path]) -> str:
    """A hash of the content of all ``paths``; nothing of none. Raises PluginError for one that cannot be read."""
    contents = []
    for path in map(Path, paths):
        try:
            stat = path.stat()
            contents.append(_content(_Seen(path, stat.st_mtime_ns, stat.st_size)))
        except OSError as error:
            raise PluginError(f"the data file {path} cannot be read: {error.strerror}.") from None
    return hashlib.sha256(b"".join(contents)).hexdigest()[:16] if contents else ""


def root_of(path: Path, module: str) -> Path:
    """The folder from which modules beside ``path`` are imported: its own, or the one that holds its package."""
    return path.parents[module.count(".") + (path.name == PACKAGE)]


def imported(path: Path, module: str) -> list[Path]:
    """Files beside ``path`` that it imports, or that those import, in the order of their names."""
    root, package = root_of(path, module), None if module.startswith(PLUGIN) else module.partition(".")[0]
    found, waiting = {path}, [path]
    while waiting:
        file = waiting.pop()
        for name in _names(file, root):
            if package is None or name.partition(".")[0] == package:
                new = set(_files(root, name)) - found
                found |= new
                waiting += new
    return sorted(found - {path})


def require_those(path: Path, module: str) -> None:
    """Raise PluginError where one of the modules beside ``path`` is hidden by another of its name."""
    root = root_of(path, module)
    for file in imported(path, module):
        parts = file.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if file.name == PACKAGE else parts)
        loaded = getattr(sys.modules.get(name), "__file__", None)
        if loaded and os.path.realpath(loaded) != os.path.realpath(file):
            raise PluginError(f"plug-in {path} imports {name} from {file}, but {loaded} has that name: rename one.")


class _Seen(NamedTuple):
    """A file as it was: changed, it is read again."""

    path: Path
    modified: int
    size: int


@cache
def _content(seen: _Seen) -> bytes:
    with seen.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _names(file: Path, root: Path) -> Iterator[str]:
    """Modules that ``file`` may import, with their packages, anywhere in its text."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, MemoryError, RecursionError):  # to be told when it is imported
        return
    package = file.parent.relative_to(root).parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}".strip(".") for alias in node.names)
            yield base


def _files(root: Path, name: str) -> Iterator[Path]:
    """The file of the module ``name`` under ``root``, if there is one, and those of its packages."""
    folder = root
    for part in filter(None, name.split(".")):
        candidates = (folder / part / PACKAGE, folder / f"{part}.py")
        yield from (file for file in candidates if file.is_file())
        folder = folder / part
