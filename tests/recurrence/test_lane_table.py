"""tanh's table by NumPy, which any processor can run; what is compiled from it is in ``test_lane_math``."""

import os
import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnbench.recurrence.lane_table import DEGREE, FIRST, INDEX_FROM, SATURATED, tanh_table, through
from rnnbench.recurrence.processor import has_avx512

Numbers = NDArray[np.float32]


def places(x: Numbers) -> Any:
    """Where in the table each of ``x``, from nought to 9.01, is looked up; the multiply-add is rounded once."""
    y = (FIRST + tanh_table().scale * x.astype(np.float64)).astype(np.float32)
    return (y.view(np.uint32) >> INDEX_FROM) & 31


def by_table(x: Numbers) -> Any:
    centre, *terms = (np.array(column)[places(x)] for column in tanh_table().columns)
    result, away = terms[0], (x - centre).astype(np.float32).astype(np.float64)
    for term in terms[1:]:
        result = (result * away + term).astype(np.float32).astype(np.float64)
    return result


@pytest.fixture(scope="module")
def x() -> Numbers:
    """Every 101st number of single precision from 2^-20 to where tanh rounds to 1, and some thousand beyond."""
    first, end = (int(np.float32(number).view(np.uint32)) for number in (2.0**-20, SATURATED + 0.001))
    return np.arange(first, end, 101, dtype=np.uint32).view(np.float32)


def test_it_is_tanh(x: Numbers) -> None:
    off = by_table(x) / np.tanh(x.astype(np.float64)) - 1
    assert np.abs(off).max() < 1.1e-7
    assert by_table(x).max() == 1


def test_errors_cancel_in_every_stretch(x: Numbers) -> None:  # a memory may stay in one of them for all steps
    off, place = by_table(x) / np.tanh(x.astype(np.float64)) - 1, places(x)
    assert len(np.unique(place)) == 32
    assert max(abs(off[place == one].mean()) for one in np.unique(place[x < SATURATED])) < 1e-8


def test_it_is_one_where_tanh_rounds_to_one_and_not_before(x: Numbers) -> None:
    rounded = np.tanh(x.astype(np.float64)).astype(np.float32)
    assert np.array_equal(by_table(x[x >= SATURATED]), np.ones(np.sum(x >= SATURATED)))
    assert np.mean((by_table(x) == 1) == (rounded == 1)) > 0.9999  # two numbers next to each other may change places


def test_it_rises(x: Numbers) -> None:
    assert np.diff(by_table(x)).min() >= 0


def test_a_polynomial_goes_through_its_points() -> None:
    cubic = np.array([2.0, -1.0, 0.5, 3.0])
    np.testing.assert_allclose(through(lambda x: float(np.polyval(cubic, x)), -0.3, 0.8, 4), cubic, rtol=1e-12)
    assert len(tanh_table().columns) == DEGREE + 2


@pytest.mark.parametrize("allowed", [True, False])
def test_it_is_used_where_numba_may_use_avx_512_and_nowhere_else(allowed: bool) -> None:
    script = """
        import numba as nb
        from rnnbench.recurrence.lane_math import tanh
        from rnnbench.recurrence.lanes import memory
        from tests.recurrence.test_lane_math import aligned
        read, write, _, _ = memory(False, 16)

        @nb.njit
        def over(x, y):
            write(y, 0, tanh(read(x, 0)))

        x, y = aligned([0.5] * 16), aligned([0.0] * 16)
        over(x, y)
        (text,) = over.inspect_llvm().values()
        print("vpermi2var" in text or "vpermt2var" in text, round(float(y[15]), 6))
    """
    environment = os.environ if allowed else os.environ | {"NUMBA_ENABLE_AVX": "0"}
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{allowed and has_avx512()} 0.462117\n"
