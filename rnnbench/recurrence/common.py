"""The parts of a whole update that are the same for every cell: compiled once, and kept as kernels are."""

from functools import cache
from types import ModuleType

from rnnbench.recurrence.compile import load, text

HEADER = '''"""{title}"""

import numba as nb
import numpy as np

from rnnbench.recurrence.gather import {number}_at as number_at
from rnnbench.recurrence.gather import prefetch, prefetch_from, turn, whole_at
from rnnbench.recurrence.lanes import memory, total

DOUBLE, SIZE = {double}, {size}
Real = np.float{bits}
ZERO, ONE, NAN = Real(0.0), Real(1.0), Real(np.nan)
read_four, write_four, _, splat_four = memory(DOUBLE, 4, apart=1)
inlined = nb.njit(nogil=True, error_model="numpy", fastmath={{"contract"}}, _nrt=False, no_rewrites=True,
                  forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
called = nb.njit(nogil=True, error_model="numpy", fastmath={{"contract"}}, _nrt=False, no_rewrites=True,
                no_cpython_wrapper=True, no_cfunc_wrapper=True)
compiled = nb.njit(nogil=True, error_model="numpy", fastmath={{"contract"}}, _nrt=False, no_rewrites=True,
                  no_cpython_wrapper=True, no_cfunc_wrapper=True, cache=True)
'''


LANES = """
from rnnbench.recurrence.arguments import TOGETHER
from rnnbench.recurrence.lane_library import exp, log, log1p, sigmoid, tanh
from rnnbench.recurrence.lane_math import cos, power, sin, sqrt
from rnnbench.recurrence.lanes import is_nought, where
from rnnbench.recurrence.masked import masked

_, write_together, _, splat_together = memory(DOUBLE, TOGETHER, apart=1)
read_some, write_some = masked(DOUBLE, TOGETHER)
"""


def common(double: bool) -> ModuleType:
    """The functions of ``text/batch.py`` for numbers of double precision or single."""
    return load(_header("A batch of a group of members in lanes.", double) + "\n\n" + text("batch"))


@cache
def shuffle() -> ModuleType:
    """The functions of ``text/shuffle.py``."""
    return load(text("shuffle"))


def optimiser_source(rule: str, loss_limit: float, *, double: bool) -> str:
    """The module of ``text/learn.py`` with a ``rule`` of :mod:`rnnbench.recurrence.rule`.

    A member whose loss exceeds its first ``loss_limit`` times has diverged.
    """
    header = _header("An optimiser's step.", double) + LANES
    return "\n\n".join([f"{header}LOSS_LIMIT = {loss_limit}\n", f"{rule}\n", text("learn")])


def _header(title: str, double: bool) -> str:
    number, bits = ("double", 64) if double else ("single", 32)
    return HEADER.format(title=title, number=number, double=double, size=bits // 8, bits=bits)
