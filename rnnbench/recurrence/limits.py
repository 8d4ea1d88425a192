"""Which sizes are compiled, and what for; read by the planner, which imports no torch."""

import os

WIDEST = {"cpu": 64, "cuda": 64}
"""Units up to which `auto` compiles.

On a CPU (one core, batch 16, `rnnbench bench`) an LSTM of 16 units runs 4.5 times as fast as eager, one of 32 2.0, one
of 64 6.0 (at batch 128 1.4). On CUDA it is what fits on chip (an LSTM of 64 units), and not yet measured.
"""
WIDER, NUMBERS = 128, 4096
"""On a CPU so many units too, if a member's batch is at most so many numbers of a state.

At 128 units, batch 16 and T = 100 or 200 each of 21 cells ran 2.4 to 150 times as fast as eager (srnn 5.4, lstm 2.7,
gru 3.0), at batch 32 srnn 3.7 and lstm 2.0; at batch 64 eager's matrix products win for the LSTM.
"""


def compiles(kernel: str, accelerator: str, hidden: int, batch: int) -> bool:
    """Whether ``hidden`` units on ``batch`` sequences are to be compiled on ``accelerator``, if the cell can be."""
    if kernel == "auto":
        few = accelerator == "cpu" and hidden <= WIDER and hidden * batch <= NUMBERS
        return few or hidden <= WIDEST.get(accelerator, 0)
    return kernel == "triton" or (kernel == "numba" and accelerator == "cpu")


def interpreted() -> bool:
    """Whether Triton's interpreter is on: what is made for CUDA then runs on a CPU, for tests."""
    return os.environ.get("TRITON_INTERPRET", "0").lower() in ("1", "true", "yes", "on", "y")
