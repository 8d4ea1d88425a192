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


@nb.njit(error_model="numpy")
def exp(x):
    """Library accuracy."""
    return np.exp(x)


@nb.njit(error_model="numpy")
def log(x):
    """Library accuracy."""
    return np.log(x)


@nb.njit(error_model="numpy")
def log1p(x):
    """Library accuracy."""
    return np.log1p(x)


@nb.njit(error_model="numpy")
def sqrt(x):
    """Library accuracy."""
    return np.sqrt(x)


@nb.njit(error_model="numpy")
def sin(x):
    """Library accuracy."""
    return np.sin(x)


@nb.njit(error_model="numpy")
def cos(x):
    """Library accuracy."""
    return np.cos(x)
