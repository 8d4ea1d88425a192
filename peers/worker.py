"""A process for one peer: a setting as argument, then a JSON line out for each line in."""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable

from peers.setting import Prepared, Setting

SHORTEST = 0.4
"""Seconds that a round takes at least."""
PEERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "rnnbench": ("own", ("torch", "numba")),
    "rnnbench, eager": ("own", ("torch",)),
    "JAX": ("jax_scan", ("jax", "optax")),
    "torch.nn": ("torch_nn", ("torch",)),
    "Lightning": ("lightning", ("torch", "pytorch_lightning")),
    "Keras": ("keras_fit", ("keras", "tensorflow")),
}
"""By name: the module, and the packages that it needs. The first is what the others are compared with."""


def prepare(peer: str, setting: Setting) -> Prepared:
    """Compile and warm up."""
    make: Callable[..., Prepared] = importlib.import_module(f"peers.{PEERS[peer][0]}").prepare
    if PEERS[peer][0] == "own":
        return make(setting, kernel="eager" if peer.endswith("eager") else "auto")
    return make(setting)


def measure(prepared: Prepared) -> dict[str, float]:
    """Seconds an update of the peer's members, and how much of them the process was on the core."""
    started, busy, updates = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - started < SHORTEST:
        prepared.run()
        updates += prepared.updates
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    return {"seconds": seconds / updates, "on_core": busy / seconds}


def main() -> None:
    """Prepare, say so, then measure a round whenever a line comes."""
    peer, fields, core = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
    os.sched_setaffinity(0, {core})
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no answer
    setting = Setting(**fields)
    prepared = prepare(peer, setting)
    print(json.dumps({"members": prepared.members, "note": prepared.note}), file=answers, flush=True)
    for _ in sys.stdin:
        print(json.dumps(measure(prepared)), file=answers, flush=True)


if __name__ == "__main__":
    main()
