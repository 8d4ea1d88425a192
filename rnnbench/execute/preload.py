"""What the fork server does before the first worker: imports, and the first use of what is slow only once.

A worker is then a copy that starts in a tenth of a second. Nothing here makes a thread or draws a number.
"""

import atexit
import gc
import os
from contextlib import suppress

import numba.core.registry
import torch

from rnnbench.recurrence import denormal, gather, lane_library, lane_math, masked
from rnnbench.recurrence.lower import lower
from rnnbench.registry import CELLS
from rnnbench.streams import stream
from rnnbench.train import fit

__all__ = ["denormal", "fit", "gather", "lane_library", "lane_math", "masked"]


def _warm() -> None:
    for context in (numba.core.registry.cpu_target.typing_context, numba.core.registry.cpu_target.target_context):
        context.refresh()
    cell = CELLS["srnn"](1, 1)
    cell.reset_parameters(stream("template"))
    lower(cell)


torch.set_num_threads(1)
with suppress(Exception):  # what fails here fails again in a worker, whose trials then say so; the server must live
    _warm()
gc.freeze()  # what is here stays: a worker's collections need not look at it, nor copy its pages
gc.enable()
atexit.register(os._exit, 0)  # taking all this down takes time, and Triton's bindings then complain of each other
