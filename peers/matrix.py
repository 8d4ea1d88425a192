"""How long the whole matrix of 2018 takes, from nothing to the last accuracy."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
ABOUT = (
    "srnn and lstm of 1 unit, 25 lengths, 30 members each, 2500 updates, validation after each of 5 epochs: seconds "
    "from the start of the command to its end on two cores, imports and compilation included. rnnbench "
    "also tests each model on 2,000 fresh sequences and stores a row."
)


def measure(single: dict[str, str], *, with_jax: bool) -> dict[str, float]:
    """Seconds by name; ``single`` is the environment that keeps a process to one thread."""
    with tempfile.TemporaryDirectory() as folder:
        names = ("rnnbench", "rnnbench, its kernels compiled before")
        stores = [Path(folder) / f"{number}.sqlite" for number in range(len(names))]
        taken = {
            name: _seconds(_run(store), {"RNNBENCH_CACHE": folder}) for name, store in zip(names, stores, strict=True)
        }
    return taken | ({"JAX": _seconds(["peers.jax_matrix"], single)} if with_jax else {})


def _run(store: Path) -> list[str]:
    return ["rnnbench", "run", "latching-2018", "--store", str(store), "--accelerator", "cpu", "--jobs", "2", "--quiet"]


def _seconds(module: Sequence[str], environment: dict[str, str]) -> float:
    print(f"the whole matrix: {module[0]} ...", flush=True)
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", *module], cwd=ROOT, env=os.environ | environment, check=True)
    return time.perf_counter() - started
