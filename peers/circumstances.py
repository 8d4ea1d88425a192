"""Where, when and with what something was measured."""

import datetime
import importlib.metadata
import os
import platform
from pathlib import Path

from rnnbench.provenance import git_state
from rnnbench.recurrence.shape import lanes_of_register

PACKAGES = ("rnnbench", "torch", "numba", "numpy", "pytorch-lightning", "jax", "jaxlib", "optax", "keras",
            "tensorflow-cpu")  # fmt: skip


def circumstances(options: str, core: int) -> dict[str, str]:
    """Everything that a reader of a figure wants to know, in words."""
    load = os.getloadavg()[0]
    return {
        "command": f"nox -s peers{f' -- {options}' if options else ''}",
        "date": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        "processor": f"{processor()}, {os.cpu_count()} cores, {vectors()}, measured on core {core}",
        "load": f"{load:.1f} runnable processes on average in the minute before the start (0 is an idle machine)",
        "priority": f"nice {os.nice(0)}",
        "commit": commit(),
        "python": platform.python_version(),
        "versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
    }


def processor() -> str:
    """The model name as Linux tells it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def vectors() -> str:
    """What compiled code computes in: it decides about ratios as much as the model does."""
    return f"vector registers of {4 * lanes_of_register()} bytes"


def commit() -> str:
    """Of the checkout of rnnbench."""
    name, changed = git_state()
    return f"{name or 'unknown'}{', with changes' if changed else ''}"


def versions() -> dict[str, str]:
    """Versions of what is installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
