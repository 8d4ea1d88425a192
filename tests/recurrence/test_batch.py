"""Sequences of data sets into lanes: what lies where, against numpy."""

from functools import cache
from typing import Any

import numba as nb
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rnnbench.recurrence.arguments import Data, Sizes, Work
from rnnbench.recurrence.common import common

MEMBERS, SEQUENCES = 3, 9
SHAPES = [(5, 32), (100, 304)]
"""Sequences of a member, and lanes; those beyond the members' are nobody's, and stay as they are but for 15."""


def aligned(count: int, dtype: torch.dtype) -> NDArray[np.floating]:
    return torch.zeros(count, dtype=dtype).numpy()


@cache
def through(double: bool) -> Any:
    """A function that lays batch after batch, compiled once for numbers of double precision or single."""
    batches = common(double)

    def lay_all(data: Data, work: Work, every: NDArray[np.int32], time: int, busy: int, sizes: Sizes) -> None:
        fewest = batches.fewest_steps(data.sources)
        for number in range(every.shape[1]):
            here = number % 2 * sizes.lanes
            batches.locate(every, number, data, here, work.addresses, work.ends, sizes)
            for t in range(-16, time):
                batches.lay(t, here, busy, time, fewest, work, sizes)
                batches.fetch_ahead(max(t, 0), here, work.addresses, sizes)

    return nb.njit(lay_all)


def laid(sets: list[NDArray[np.floating]], rows: NDArray[np.int32], time: int, sizes: Sizes) -> NDArray[np.floating]:
    """``time input lane`` of the second of two batches, the first of them with other rows; only lanes of members."""
    lanes, busy = sizes.lanes, MEMBERS * sizes.batch
    dtype = torch.from_numpy(sets[0]).dtype
    lengths = np.full(SEQUENCES, time)
    sources = np.array([[own.ctypes.data, 0, lengths.ctypes.data, own.shape[1], 0, own.strides[0]] for own in sets])
    nothing, empty, none = aligned(time * sizes.inputs, dtype), aligned(1, dtype), np.zeros(0, dtype=np.int64)
    data = Data(sources, nothing.ctypes.data, np.full(time, -1), np.zeros((MEMBERS, 0), np.int64), none, empty)
    places = np.zeros(2 * lanes, dtype=np.int64)
    x = aligned(time * sizes.inputs * lanes, dtype)
    x.fill(-7.0)
    work = Work(**dict.fromkeys(Work._fields, empty))._replace(x=x, addresses=places, ends=places.copy())

    through(sets[0].dtype == np.float64)(data, work, np.stack([rows[::-1], rows], axis=1), time, busy, sizes)
    there = x.reshape(time, sizes.inputs, lanes)
    assert (there[:, :, -(-busy // 16) * 16 :] == -7).all()
    return there[:, :, :busy]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("features", [1, 3, 20])
@pytest.mark.parametrize("time", [1, 15, 16, 41])
@pytest.mark.parametrize("less", [0, 7])
@pytest.mark.parametrize(("batch", "lanes"), SHAPES)
def test_features(dtype: type[np.floating], features: int, time: int, less: int, batch: int, lanes: int) -> None:
    """Of a set whose sequences have less steps, too: noughts follow."""
    rng = np.random.default_rng(time)
    sets = [rng.normal(size=(SEQUENCES, max(1, time - few), features)).astype(dtype) for few in (0, 0, less)]
    rows = rng.integers(-1, SEQUENCES, size=(MEMBERS, batch), dtype=np.int32)
    sizes = Sizes(lanes, batch, features, features, tokens=False, wanted=1, alone=False)
    expected = np.zeros((time, features, MEMBERS * batch), dtype=dtype)
    for (m, b), row in np.ndenumerate(rows):
        if row >= 0:
            expected[: sets[m].shape[1], :, m * batch + b] = sets[m][row]
    assert np.array_equal(laid(sets, rows, time, sizes), expected)


@pytest.mark.parametrize("time", [1, 33])
@pytest.mark.parametrize(("batch", "lanes"), SHAPES)
def test_tokens(time: int, batch: int, lanes: int) -> None:
    rng = np.random.default_rng(time)
    sets = [rng.integers(0, 4, size=(SEQUENCES, max(1, time - less))).astype(np.float32) for less in (0, 0, 7)]
    rows = rng.integers(-1, SEQUENCES, size=(MEMBERS, batch), dtype=np.int32)
    expected = np.zeros((time, 4, MEMBERS * batch))
    for (m, b), row in np.ndenumerate(rows):
        if row >= 0:
            expected[: sets[m].shape[1], :, m * batch + b] = np.eye(4)[sets[m][row].astype(int)]
    assert np.array_equal(
        laid(sets, rows, time, Sizes(lanes, batch, 4, 1, tokens=True, wanted=1, alone=False)), expected
    )
