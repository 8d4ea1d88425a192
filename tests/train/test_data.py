"""Where the rows of a data set begin in memory."""

import numpy as np
import pytest
import torch

from rnnbench.streams import stream
from rnnbench.task import Batch
from rnnbench.train.data import LINE, Sequences, in_lines


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("width", [1, 7, 16, 17, 200])
def test_each_begins_where_a_cache_line_does(width: int, dtype: torch.dtype) -> None:
    rows = np.arange(5 * width).reshape(5, width)
    copy = in_lines(rows, dtype)
    assert copy.itemsize == dtype.itemsize
    assert np.array_equal(copy, rows)
    assert [row.ctypes.data % LINE for row in copy] == [0] * 5
    assert copy.strides[0] - width * copy.itemsize < LINE


@pytest.mark.parametrize(("dtype", "once"), [(torch.float32, True), (torch.float64, False)])
def test_inputs_are_held_once_and_read_either_way(dtype: torch.dtype, once: bool) -> None:
    """Numbers of single precision are; those of double precision lie beside what was drawn."""
    inputs = stream("data", 1).normal(size=(6, 7, 3)).astype(np.float32)
    before = Sequences(Batch.at_end(inputs, np.arange(6) % 2), torch.device("cpu"), dtype)
    rows = before.flat[0]
    assert np.array_equal(rows.reshape(6, 7, 3), inputs)
    rows[:] += 1
    assert np.array_equal(before.inputs.numpy(), np.swapaxes(inputs + once, 0, 1))
    assert before.joined(before).flat[0].shape == (12, 21)


def test_inputs_may_be_views_of_any_kind() -> None:
    """A task may turn what it has drawn, or repeat it."""
    drawn = stream("data", 1).normal(size=(6, 7, 1)).astype(np.float32)
    for inputs in (drawn[:, ::-1], drawn[::-1], np.broadcast_to(drawn[:1], drawn.shape), drawn[:, ::2]):
        sequences = Sequences(Batch.at_end(inputs, np.arange(6) % 2), torch.device("cpu"), torch.float32)
        assert np.array_equal(sequences.flat[0], inputs[:, :, 0])
