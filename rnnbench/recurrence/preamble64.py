"""Pointwise functions for generated float64 kernels: the library's, for gradient checks and reference."""

import numba as nb
import numpy as np

Real = np.float64


@nb.njit(error_model="numpy")
def tanh(x):
    """Library accuracy."""
    return np.tanh(x)


@nb.njit(error_model="numpy")
def sigmoid(x):
    """Never overflows: e^-|x| is at most one."""
    e = np.exp(-abs(x))
    return 1.0 / (1.0 + e) if x >= 0.0 else e / (1.0 + e)
