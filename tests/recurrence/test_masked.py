"""Vectors at the end of an array: what is behind it is neither read nor written."""

import numba as nb
import numpy as np
import pytest

from rnnbench.recurrence.lanes import memory
from rnnbench.recurrence.masked import masked


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_only_numbers_that_are_there(dtype: type[np.floating]) -> None:
    read, write = masked(dtype == np.float64, 8)
    _, write_all, _, _ = memory(dtype == np.float64, 8, apart=1)

    @nb.njit
    def double(source, target, seen, at, count):  # type: ignore[no-untyped-def]
        value = read(source, at, count)
        write_all(seen, 0, value)
        write(target, at, value + value, count)

    source = np.arange(1, 21, dtype=dtype)
    for at in (0, 3, 12):
        for count in range(1, 9):
            target, seen = np.full(20, -1, dtype=dtype), np.full(8, -1, dtype=dtype)
            double(source, target, seen, at, count)
            here = slice(at, at + count)
            assert seen.tolist() == [*source[here], *[0] * (8 - count)]
            expected = np.full(20, -1, dtype=dtype)
            expected[here] = 2 * source[here]
            assert target.tolist() == expected.tolist()
