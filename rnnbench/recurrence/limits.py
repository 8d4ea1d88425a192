"""Which sizes are compiled, and what for; read by the planner, which imports no torch."""

import os

WIDEST = {"cpu": 64, "cuda": 64}
"""Units up to which `auto` compiles.

On a CPU (one core, batch 16, `rnnbench bench`) an LSTM of 16 units runs 4.5 times as fast as eager, one of 32 2.0, one
of 64 6.0 (at batch 128 1.4), one of 128 2.6, but at batch 128 eager's matrix products win there. On CUDA it is what
fits on chip (an LSTM of 64 units), and not yet measured.
"""


def compiles(kernel: str, accelerator: str, hidden: int) -> bool:
    """Whether a cell of ``hidden`` units is to be compiled on ``accelerator``, if it can be lowered."""
    if kernel == "auto":
        return hidden <= WIDEST.get(accelerator, 0)
    return kernel == "triton" or (kernel == "numba" and accelerator == "cpu")


def interpreted() -> bool:
    """Whether Triton's interpreter is on: what is made for CUDA then runs on a CPU, for tests."""
    return os.environ.get("TRITON_INTERPRET", "0").lower() in ("1", "true", "yes", "on", "y")
