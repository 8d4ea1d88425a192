"""Which sizes are compiled, and what for; read by the planner, which imports no torch."""

import os

WIDEST = {"cpu": 128, "cuda": 64}
"""Units up to which `auto` compiles.

On a CPU (one core, one member) an LSTM of 128 units runs 1.2 times as fast as eager at a batch of 128, 1.7 at 64, 4 at
16; a GRU 1.5, 2.3 and 5; an Elman cell 2.6, 3.8 and 9. On CUDA it is what fits on chip (an LSTM of 64 units), and not
yet measured.
"""
WIDER, NUMBERS = 256, 4096
"""On a CPU so many units too, if a member's batch is at most so many numbers of a state: at 256 units and a batch of 16
an LSTM runs 2.4 times as fast as eager, a GRU 3.1 and an Elman cell 4.5."""


def compiles(kernel: str, accelerator: str, hidden: int, batch: int) -> bool:
    """Whether ``hidden`` units on ``batch`` sequences are to be compiled on ``accelerator``, if the cell can be."""
    if kernel == "auto":
        few = accelerator == "cpu" and hidden <= WIDER and hidden * batch <= NUMBERS
        return few or hidden <= WIDEST.get(accelerator, 0)
    return kernel == "triton" or (kernel == "numba" and accelerator == "cpu")


def interpreted() -> bool:
    """Whether Triton's interpreter is on: what is made for CUDA then runs on a CPU, for tests."""
    return os.environ.get("TRITON_INTERPRET", "0").lower() in ("1", "true", "yes", "on", "y")
