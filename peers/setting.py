"""What every peer trains: one population of models on one data set."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

Order = NDArray[np.int32]
SEQUENCES = 8_000
"""Training sequences, as in 2018: 500 batches of 16 an epoch."""
WIDE = 16
"""From so many units on an update takes so long that fewer are measured."""


@dataclass(frozen=True)
class Setting:
    """``members`` models of one cell, trained with Adam on cross-entropy at the last of ``length`` steps."""

    cell: str
    """``srnn``, ``lstm`` or ``gru``."""
    hidden: int
    members: int
    length: int = 200
    batch: int = 16
    learning_rate: float = 1e-3

    @property
    def stretch(self) -> int:
        """Updates of an epoch, or fewer where one takes long: what a peer runs in one go."""
        return SEQUENCES // self.batch if self.hidden <= WIDE else 20


@dataclass(frozen=True)
class Prepared:
    """A peer that is compiled and warm."""

    run: Callable[[], None]
    """Makes ``updates`` updates of ``members`` models and returns when they are done."""
    updates: int
    members: int
    """1 where models train in turn: the time of all is that of one, times their number."""
    note: str = ""
    """Which of its options turned out fastest."""


def draw_data(length: int, sequences: int = SEQUENCES) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Latching as in 2018: inputs ``sequence time`` with noise 0.1, classes ``sequence``, positives first."""
    rng = np.random.default_rng(0)
    classes = (np.arange(sequences) < sequences // 2).astype(np.int32)
    inputs = rng.normal(0.0, 0.1, size=(sequences, length)).astype(np.float32)
    inputs[:, 0] += 2 * classes - 1
    return inputs, classes


def draw_order(setting: Setting, seed: int = 0) -> Order:
    """Rows of the data for one stretch, each member in an order of its own: ``update member batch``."""
    return next(draw_orders(setting, seed))


def draw_orders(setting: Setting, seed: int = 0) -> Iterator[Order]:
    """Stretch after stretch, in a new order each epoch."""
    for epoch in count(seed):
        rng = np.random.default_rng(epoch)
        rows = np.stack([rng.permutation(SEQUENCES) for _ in range(setting.members)])
        whole = rows[:, : SEQUENCES // setting.batch * setting.batch]
        shaped = whole.reshape(setting.members, -1, setting.batch).swapaxes(0, 1)
        for first in range(0, len(shaped), setting.stretch):
            yield np.ascontiguousarray(shaped[first : first + setting.stretch], dtype=np.int32)
