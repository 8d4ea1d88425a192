"""What the results of a plug-in depend on: its code, the modules beside it that it imports, the data that it names.

All are part of a trial's identity: with any of them changed it is another trial, and nothing old is taken for its
result. Modules are found in the source text, so that nothing need be imported: what lies in a plug-in file's own
folder, or in the package of an entry point. What is installed elsewhere is told by the column ``versions``.
"""

import ast
import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rnnbench.errors import PluginError
from rnnbench.words import brief

PACKAGE, OWN = "__init__.py", "rnnbench"
PLUGIN = "rnnbench_plugin_"
"""How the module of a plug-in file begins."""


def code(path: Path, module: str) -> str:
    """A hash of the file ``path``, imported as ``module``, and of all that it imports beside it."""
    found, root = hashlib.sha256(path.read_bytes()), root_of(path, module)
    for file in imported(path, module):
        found.update(f"\n{file.relative_to(root).as_posix()} ".encode() + file.read_bytes())
    return found.hexdigest()[:16]


def data(paths: object) -> str:
    """A hash of the content of all ``paths``, in whatever order; nothing of none.

    Raises PluginError for what is no list or tuple of paths, and for a file that cannot be read.
    """
    if not isinstance(paths, list | tuple) or not all(isinstance(path, str | Path) for path in paths):
        raise PluginError(f"`files` must be a list or tuple of paths, got {brief(paths)}.")
    contents = []
    for path in map(Path, paths):
        try:
            contents.append(_content(_seen(path)))
        except OSError as error:
            raise PluginError(f"the data file {path} cannot be read: {error.strerror}.") from None
    return hashlib.sha256(b"".join(sorted(contents))).hexdigest()[:16] if contents else ""


def root_of(path: Path, module: str) -> Path:
    """The folder from which modules beside ``path`` are imported: its own, or the one that holds its package."""
    return path.parents[module.count(".") + (path.name == PACKAGE)]


def imported(path: Path, module: str) -> list[Path]:
    """Files beside ``path`` that it imports, or that those import, in the order of their names."""
    root, package = root_of(path, module), None if module.startswith(PLUGIN) else module.partition(".")[0]
    found, waiting = {path}, [path]
    while waiting:
        file = waiting.pop()
        for name in _names(_seen(file), root):
            top = name.partition(".")[0]
            if top != OWN and (package is None or top == package):
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
        other = _place_of(name)
        if other and os.path.realpath(other) != os.path.realpath(file):
            raise PluginError(f"plug-in {path} imports {name} from {file}, but {other} has that name: rename one.")


def _place_of(name: str) -> str | None:
    """The file that ``import name`` gives, or would give where it is imported later."""
    if name in sys.modules:
        return getattr(sys.modules[name], "__file__", None)
    with suppress(ImportError, ValueError, AttributeError):  # a package above it cannot be imported: that will be told
        spec = importlib.util.find_spec(name)
        return spec.origin if spec else None
    return None


class _Seen(NamedTuple):
    """A file as it was: changed, it is read again."""

    path: Path
    modified: int
    size: int


def _seen(path: Path) -> _Seen:
    stat = path.stat()
    return _Seen(path, stat.st_mtime_ns, stat.st_size)


@cache
def _content(seen: _Seen) -> bytes:
    with seen.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


@cache
def _names(seen: _Seen, root: Path) -> tuple[str, ...]:
    """Modules that a file may import, with their packages, anywhere in its text."""
    try:
        tree = ast.parse(seen.path.read_bytes())
    except (SyntaxError, ValueError, MemoryError, RecursionError):  # to be told when it is imported
        return ()
    package, found = seen.path.parent.relative_to(root).parts, list[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            found += [base, *(f"{base}.{alias.name}".strip(".") for alias in node.names)]
    return tuple(dict.fromkeys(found))


def _files(root: Path, name: str) -> Iterator[Path]:
    """The file of the module ``name`` under ``root``, if there is one, and those of its packages."""
    folder = root
    for part in filter(None, name.split(".")):
        candidates = (folder / part / PACKAGE, folder / f"{part}.py")
        yield from (file for file in candidates if file.is_file())
        folder = folder / part
