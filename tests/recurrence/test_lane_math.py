"""Functions of lanes against NumPy in double precision."""

from typing import Any

import numba as nb
import numpy as np
import pytest

from rnnbench.recurrence.lane_math import exp, sigmoid, tanh
from rnnbench.recurrence.lanes import memory

read, write, _, _ = memory(False, 16)


def in_lanes(function: Any, x: Any) -> Any:
    """``function`` of every number of ``x``, 16 at a time."""

    @nb.njit(error_model="numpy")
    def over(x: Any, y: Any) -> None:
        for row in range(len(x) // 16):
            write(y, row, function(read(x, row)))

    y = aligned(len(x))
    over(x, y)
    return y.astype(np.float64)


def aligned(count: int) -> Any:
    """Room for single precision, from a multiple of 64 bytes on."""
    room = np.empty(count + 16, dtype=np.float32)
    first = (-room.ctypes.data % 64) // 4
    return room[first : first + count]


@pytest.fixture(scope="module")
def x() -> Any:
    numbers = aligned(2**18)
    numbers[:] = np.concatenate(
        [np.linspace(-20, 20, 2**17), np.geomspace(1e-8, 20, 2**16), -np.geomspace(1e-8, 20, 2**16)]
    )
    return numbers


def test_tanh(x: Any) -> None:
    found, true = in_lanes(tanh, x), np.tanh(x.astype(np.float64))
    assert np.abs(found - true).max() < 4.5e-7
    assert np.abs(found / true - 1).max() < 4.5e-7  # near nought too
    assert np.abs(found).max() <= 1
    assert np.array_equal(in_lanes(tanh, -x), -found)


def test_sigmoid(x: Any) -> None:
    found, true = in_lanes(sigmoid, x), 1 / (1 + np.exp(-x.astype(np.float64)))
    assert np.abs(found - true).max() < 3e-7
    assert 0 <= found.min() < 1e-6
    assert 1 - 1e-6 < found.max() <= 1


def test_exp(x: Any) -> None:
    found, true = in_lanes(exp, x), np.exp(x.astype(np.float64))
    assert np.abs(found / true - 1).max() < 3e-7
