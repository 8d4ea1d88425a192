"""The part of a whole update that is the same for every cell: compiled once for each precision, kept as kernels are."""

from types import ModuleType

from rnnbench.recurrence.compile import load, text

HEADER = '''"""A batch of a group of members in lanes."""

import numba as nb
import numpy as np

from rnnbench.recurrence.gather import {number}_at as number_at
from rnnbench.recurrence.gather import prefetch, turn, whole_at

DOUBLE, SIZE = {double}, {size}
Real = np.float{bits}
ZERO, ONE, NAN = Real(0.0), Real(1.0), Real(np.nan)
inlined = nb.njit(nogil=True, error_model="numpy", fastmath={{"contract"}}, _nrt=False, no_rewrites=True,
                  forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
compiled = nb.njit(nogil=True, error_model="numpy", fastmath={{"contract"}}, _nrt=False, no_rewrites=True,
                  no_cpython_wrapper=True, no_cfunc_wrapper=True, cache=True)
'''


def common(double: bool) -> ModuleType:
    """The functions of ``text/batch.py`` for numbers of double precision or single."""
    number, bits = ("double", 64) if double else ("single", 32)
    return load(HEADER.format(number=number, double=double, size=bits // 8, bits=bits) + "\n\n" + text("batch"))
