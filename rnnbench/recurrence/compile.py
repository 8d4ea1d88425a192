"""Generated source on disk: written once, compiled once, shared by every process.

A file is named by its content, the processor and the versions that compile it, written aside and moved into place, and
rewritten only where it is damaged: numba's own cache beside it then always fits, and processes that compile at once do
no harm.
"""

import atexit
import gc
import hashlib
import importlib.util
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from types import ModuleType

FOLDER = "RNNBENCH_CACHE"
"""Environment variable that names another cache folder."""
SUPPORT = (
    "arguments",
    "common",
    "denormal",
    "gather",
    "lane_library",
    "lane_math",
    "lane_table",
    "lanes",
    "masked",
    "text/batch",
)
"""Files of this package that generated modules import."""
_loaded: dict[str, ModuleType] = {}


def cache_folder() -> Path:
    """Where generated kernels lie."""
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rnnbench"
    return Path(os.environ.get(FOLDER) or default) / "kernels"


def is_kept() -> bool:
    """Whether later runs will find what is compiled now."""
    folder = cache_folder().absolute()
    nearest = next(place for place in (folder, *folder.parents) if os.access(place, os.F_OK))
    return nearest.is_dir() and os.access(nearest, os.W_OK)


def is_known(source: str) -> bool:
    """Whether some process has had ``source`` compiled before; the first one waits for it."""
    name = _name(source)
    return name in _loaded or os.access(cache_folder() / f"{name}.py", os.R_OK)


def load(source: str) -> ModuleType:
    """The module with ``source``, compiled functions and all. Falls back on a temporary folder if none is writable."""
    name = _name(source)
    if name not in _loaded:
        _loaded[name] = _import(name, source)
    return _loaded[name]


@cache
def settle() -> None:
    """Once, before a model is made: the garbage collector forgets what lives by now.

    That is torch, above all. To search it again and again, while numba makes and drops objects by the million, takes
    a tenth of the time of compiling. Whatever is part of a cycle by now lives until the process ends.
    """
    gc.freeze()
    atexit.register(gc.unfreeze)  # at the end everything is searched once more: extensions count what they made


@contextmanager
def without_collection() -> Iterator[None]:
    """While numba compiles, the garbage collector waits: nearly all it would look at is in use."""
    waits = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if waits:
            gc.enable()


def text(name: str) -> str:
    """A file of functions that goes into generated modules."""
    return resources.files(__package__).joinpath("text", f"{name}.py").read_text("utf-8")


def _name(source: str) -> str:
    import llvmlite
    import numba
    import numpy as np

    versions = (numba.__version__, llvmlite.__version__, np.__version__, platform.python_version())
    facts = repr((source, _support(), versions, llvmlite.binding.get_host_cpu_name(), platform.machine()))
    return "kernel_" + hashlib.sha256(facts.encode()).hexdigest()[:20]


@cache
def _support() -> str:
    """The text of what generated modules import: it is compiled into them."""
    folder = resources.files(__package__)
    return "".join(folder.joinpath(f"{name}.py").read_text("utf-8") for name in SUPPORT)


def _import(name: str, source: str) -> ModuleType:
    from rnnbench.recurrence.forgiving import forgive

    try:
        path = _written(cache_folder(), name, source)
    except OSError:
        path = _written(Path(tempfile.mkdtemp(prefix="rnnbench-")), name, source)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None, "a path ending in .py has a loader"
    assert spec.loader is not None, "a path ending in .py has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    forgive(module)
    return module


def _written(folder: Path, name: str, source: str) -> Path:
    path = folder / f"{name}.py"
    if not path.exists() or path.read_bytes() != source.encode():  # a disk that was full, or is damaged
        folder.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=folder, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(source)
        Path(aside).replace(path)
    return path
