"""Functions of lanes against NumPy in double precision."""

from typing import Any

import numba as nb
import numpy as np
import pytest

from rnnbench.recurrence.lane_math import exp, log, log1p, sigmoid, tanh
from rnnbench.recurrence.lanes import memory
from rnnbench.recurrence.processor import has_avx512

LANES = [32, 16, 8]
"""With AVX-512, tanh and sigmoid of 16 or more are looked up in a table; without, or of 8 lanes, they are fractions."""


def in_lanes(function: Any, x: Any, lanes: int = 16) -> Any:
    """``function`` of every number of ``x``, as many at a time."""
    read, write, _, _ = memory(False, lanes)

    @nb.njit(error_model="numpy")
    def over(x: Any, y: Any) -> None:
        for row in range(len(x) // lanes):
            write(y, row, function(read(x, row)))

    y = aligned(np.zeros(len(x)))
    over(x, y)
    return y.astype(np.float64)


def aligned(numbers: Any) -> Any:
    """``numbers`` in single precision (16, or a multiple), placed at a multiple of 64 bytes."""
    room = np.empty(len(numbers) + 16, dtype=np.float32)
    first = (-room.ctypes.data % 64) // 4
    room[first : first + len(numbers)] = numbers
    return room[first : first + len(numbers)]


@pytest.fixture(scope="module")
def x() -> Any:
    return aligned(np.concatenate([np.linspace(-20, 20, 2**17), np.geomspace(1e-8, 20, 2**16)]))


@pytest.mark.parametrize("lanes", LANES)
def test_tanh(x: Any, lanes: int) -> None:
    found, true = in_lanes(tanh, x, lanes), np.tanh(x.astype(np.float64))
    assert np.abs(found / true - 1).max() < 3.6e-7  # near nought too, and without fused multiply-adds
    assert np.abs(np.mean(found / true - 1)) < 5e-9  # over many steps errors cancel
    assert np.abs(found).max() <= 1
    assert np.array_equal(in_lanes(tanh, aligned(-x), lanes), -found)


@pytest.mark.skipif(not has_avx512(), reason="no AVX-512")
def test_the_table_is_nearly_as_good_as_rounding(x: Any) -> None:
    found, true = in_lanes(tanh, x), np.tanh(x.astype(np.float64))
    assert np.abs(found / true - 1).max() < 1.1e-7
    rounded = true.astype(np.float32).astype(np.float64)
    assert np.std(found / true - 1) < 1.5 * np.std(rounded / true - 1)


@pytest.mark.parametrize("lanes", LANES)
def test_what_is_next_to_nought_keeps_its_sign(lanes: int) -> None:
    small = aligned([0.0, 1e-45, 1e-40, 1.2e-38, 1e-30, 1e-10, 1e-7, 1e-6] * 4)
    for signed in (small, aligned(-small)):
        found = in_lanes(tanh, signed, lanes)
        assert np.array_equal(found, signed)
        assert np.array_equal(np.signbit(found), np.signbit(signed))


SATURATED = [9.02, 9.03, 9.1, 20.0, 1e4, 1e10, 1e30, np.inf]


@pytest.mark.parametrize("lanes", LANES)
def test_tanh_is_exactly_one_where_it_is_saturated(lanes: int) -> None:
    found = in_lanes(tanh, aligned([*SATURATED * 2, *(-x for x in SATURATED * 2)]), lanes)
    assert np.array_equal(found, [1.0] * 16 + [-1.0] * 16)


@pytest.mark.parametrize("lanes", LANES)
def test_sigmoid(x: Any, lanes: int) -> None:
    found, true = in_lanes(sigmoid, x, lanes), 1 / (1 + np.exp(-x.astype(np.float64)))
    assert np.abs(found - true).max() < 3e-7
    assert found.max() <= 1


@pytest.mark.parametrize("lanes", LANES)
def test_sigmoid_reaches_one_but_not_nought(lanes: int) -> None:  # so that its logarithm is finite
    found = in_lanes(sigmoid, aligned([*(2 * x for x in SATURATED * 2), *(-2 * x for x in SATURATED * 2)]), lanes)
    assert np.array_equal(found, [1.0] * 16 + [2.0**-25] * 16)
    near = in_lanes(sigmoid, aligned(-np.linspace(13, 18.1, 2**16)), lanes)
    assert near.min() > 0


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("function", [tanh, sigmoid, exp, log, log1p])
def test_what_is_not_a_number_stays_so(function: Any, lanes: int) -> None:
    assert np.isnan(in_lanes(function, aligned([np.nan] * 32), lanes)).all()


def test_exp(x: Any) -> None:
    found, true = in_lanes(exp, x), np.exp(x.astype(np.float64))
    assert np.abs(found / true - 1).max() < 3e-7


def test_log() -> None:
    x = aligned(np.concatenate([np.geomspace(1.2e-38, 3e38, 2**17), np.linspace(0.5, 1.9999, 2**17)]))
    found, true = in_lanes(log, x), np.log(x.astype(np.float64))
    assert np.abs(found / true - 1).max() < 1.5e-7


def test_log_of_one_and_a_little() -> None:
    small = np.geomspace(1e-30, 1e30, 2**16)
    x = aligned(np.concatenate([small, -small[small < 0.999][: 2**14], np.linspace(-0.9999, 3, 2**16)]))
    found, true = in_lanes(log1p, x), np.log1p(x.astype(np.float64))
    assert np.abs(found / true - 1).max() < 3e-7


ENDS = [0.0, -0.0, np.inf, -1.0, -np.inf, 1.0, np.nan, 1e-40]


def test_log_at_its_ends() -> None:  # a denormal number counts as nought
    found = in_lanes(log, aligned([*ENDS, *ENDS]))[:8]
    np.testing.assert_array_equal(found, [-np.inf, -np.inf, np.inf, np.nan, np.nan, 0.0, np.nan, -np.inf])
    found = in_lanes(log1p, aligned([*ENDS, *ENDS]))[:7]
    np.testing.assert_array_equal(found, [0.0, 0.0, np.inf, -np.inf, np.nan, float(np.float32(np.log(2))), np.nan])
