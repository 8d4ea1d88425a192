"""Which sizes are compiled, and what for; read by the planner, which imports no torch."""

import os

WIDEST = {"cpu": 16, "cuda": 64}
"""Units up to which `auto` compiles. On a CPU an LSTM of 16 runs 3 times as fast as eager, one of 32 as fast, one core,
batch 16. On CUDA it is what fits on chip (an LSTM of 64 units), and not yet measured."""


def compiles(kernel: str, accelerator: str, hidden: int) -> bool:
    """Whether a cell of ``hidden`` units is to be compiled on ``accelerator``, if it can be lowered."""
    if kernel == "auto":
        return hidden <= WIDEST.get(accelerator, 0)
    return kernel == "triton" or (kernel == "numba" and accelerator == "cpu")


def interpreted() -> bool:
    """Whether Triton's interpreter is on: what is made for CUDA then runs on a CPU, for tests."""
    return os.environ.get("TRITON_INTERPRET", "0").lower() in ("1", "true", "yes", "on", "y")
