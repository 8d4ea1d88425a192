"""Where the rows of a data set begin in memory."""

import numpy as np
import pytest

from rnnbench.train.data import LINE, in_lines


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [1, 7, 16, 17, 200])
def test_each_begins_where_a_cache_line_does(width: int, dtype: type[np.floating]) -> None:
    rows = np.arange(5 * width, dtype=dtype).reshape(5, width)
    copy = in_lines(rows)
    assert copy.dtype == dtype
    assert np.array_equal(copy, rows)
    assert [row.ctypes.data % LINE for row in copy] == [0] * 5
    assert copy.strides[0] - width * copy.itemsize < LINE
