"""Which sizes are compiled; read by the planner, which imports no torch."""

WIDEST = 16
"""Units up to which `auto` compiles: at 16 an LSTM runs 3 times as fast as eager, at 32 as fast, one core, batch 16."""


def compiles(kernel: str, accelerator: str, hidden: int) -> bool:
    """Whether a cell of ``hidden`` units is to be compiled on ``accelerator``, if it can be lowered."""
    return accelerator == "cpu" and (kernel == "numba" or (kernel == "auto" and hidden <= WIDEST))
