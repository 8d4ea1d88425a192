"""Which code made a result: versions, plug-ins and the state of the checkout."""

import importlib.metadata
import itertools
import platform
import shlex
import subprocess
from functools import cache
from pathlib import Path

PACKAGES = ("rnnbench", "torch", "pytorch-lightning", "numpy", "numba", "llvmlite")


@cache
def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide numbers."""
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in PACKAGES}


def plugins_of(command: str) -> list[str]:
    """The ``--plugin`` options of a command, as its words."""
    words = shlex.split(command)
    return [word for flag, file in itertools.pairwise(words) if flag == "--plugin" for word in (flag, file)]


@cache
def git_state() -> tuple[str | None, bool | None]:
    """Commit of the checkout that rnnbench runs from and whether it has uncommitted changes; None if there is none.

    Reports do not count: they are what is made, and being made they change.
    """
    folder = Path(__file__).parent
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None or _git(folder, "ls-files", "--error-unmatch", Path(__file__).name) is None:
        return None, None
    return commit, bool(
        _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ":/", ":(top,exclude)reports")
    )


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
