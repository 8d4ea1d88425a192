"""The arithmetic limit of one core: the most multiply-adds that compiled float32 code reaches here."""

import time

import numba as nb
import numpy as np
from numpy.typing import NDArray

LANES = 1024
"""Numbers worked on: 4 KiB, which the first cache holds; independent, so that no unit waits for another."""
CHAIN = 16
"""Multiply-adds on a number between its read and its write."""
REPEATS = 2_000
"""Passes over the numbers in one measurement: some 65 million operations, about a millisecond."""


@nb.njit(fastmath={"contract"}, error_model="numpy")
def _multiply_add(numbers: NDArray[np.float32], a: np.float32, b: np.float32) -> None:
    for _ in range(REPEATS):
        for lane in range(LANES):
            value = numbers[lane]
            for _ in range(CHAIN):
                value = value * a + b
            numbers[lane] = value


def peak(samples: int = 20) -> float:
    """Floating-point operations a second, the fastest of ``samples`` measurements; a multiply-add counts as two."""
    numbers = np.linspace(0, 1, LANES, dtype=np.float32)
    arguments = (numbers, np.float32(0.999), np.float32(0.001))
    _multiply_add(*arguments)
    best = float("inf")
    for _ in range(samples):
        started = time.perf_counter()
        _multiply_add(*arguments)
        best = min(best, time.perf_counter() - started)
    return 2 * LANES * CHAIN * REPEATS / best
