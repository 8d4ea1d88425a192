"""Which sizes are compiled, and what for; read by the planner, which imports no torch."""

import os

WIDEST = {"cpu": 64, "cuda": 64}
"""Units up to which `auto` compiles.

On a CPU (one core, one member) an LSTM of 64 units runs 2.7 times as fast as eager at a batch of 128. On CUDA it is
what fits on chip (an LSTM of 64 units), and not yet measured.
"""
BATCHES = {128: 128, 256: 16}
"""On a CPU so many units too, up to so many sequences in a batch.

At 128 units an LSTM runs 1.2 times as fast as eager at a batch of 128, 1.7 at 64, 6 at 16; a GRU 1.5, 2.3 and 8; an
Elman cell 2.6, 3.8 and 11. At 256 units and a batch of 16 every cell that is lowered wins, 1.6 to 62 times (LSTM 2.4).
"""


def compiles(kernel: str, accelerator: str, hidden: int, batch: int) -> bool:
    """Whether ``hidden`` units on ``batch`` sequences are to be compiled on ``accelerator``, if the cell can be."""
    if kernel == "auto":
        few = any(hidden <= units and batch <= most for units, most in BATCHES.items())
        return hidden <= WIDEST.get(accelerator, 0) or (accelerator == "cpu" and few)
    return kernel == "triton" or (kernel == "numba" and accelerator == "cpu")


def interpreted() -> bool:
    """Whether Triton's interpreter is on: what is made for CUDA then runs on a CPU, for tests."""
    return os.environ.get("TRITON_INTERPRET", "0").lower() in ("1", "true", "yes", "on", "y")
