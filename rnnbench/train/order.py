"""The order in which a trial meets its training sequences."""

import numpy as np
from numpy.typing import NDArray

from rnnbench.data_key import DataKey
from rnnbench.recurrence.common import shuffle
from rnnbench.trial import Trial


class BatchOrder:
    """Which training sequences one trial sees at which update."""

    def __init__(self, trial: Trial) -> None:
        self._key, self._seed, self._protocol = DataKey.of(trial), trial.seed, trial.protocol
        self._epoch = -1
        self._order: NDArray[np.integer] = np.zeros(0, dtype=np.int64)

    def rows(self, update: int) -> NDArray[np.integer]:
        """Rows of the training set, or positions in the fresh stream, of the batch at ``update`` (from 1).

        The last batch of an epoch may be smaller. The order depends on data and seed, not on the cell.
        """
        batch = self._protocol.batch
        if self._protocol.data == "fresh":
            return np.arange((update - 1) * batch, update * batch)
        epoch, position = divmod(update - 1, self._protocol.updates_per_epoch)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self._rng(epoch).permutation(self._protocol.training_sequences)
        return self._order[position * batch : (position + 1) * batch]

    def stretch(self, updates: range, into: NDArray[np.int32]) -> None:
        """Write ``into`` (``update row``) the rows of a fixed set; -1 where the last batch of an epoch has none."""
        batch, whole = self._protocol.batch, self._protocol.updates_per_epoch
        flat, done = into.reshape(-1), 0
        while done < len(updates):
            epoch, position = divmod(updates[done] - 1, whole)
            if epoch != self._epoch:
                self._epoch, self._order = epoch, permutation(self._rng(epoch), self._protocol.training_sequences)
            count = min(whole - position, len(updates) - done)
            rows = self._order[position * batch : (position + count) * batch]
            place, done = done * batch, done + count
            flat[place : place + len(rows)] = rows
            flat[place + len(rows) : done * batch] = -1

    def _rng(self, epoch: int) -> np.random.Generator:
        return self._key.rng("order", self._seed, epoch)


def permutation(rng: np.random.Generator, count: int) -> NDArray[np.int32]:
    """What ``rng.permutation(count)`` is, for a fresh ``rng`` (which will have gone on further), by compiled code.

    For thirty one-unit models numpy's own would be a tenth of their training.
    """
    order, partners = np.empty((2, count), dtype=np.int32)
    last, enough = count - 1, count * 3 // 4 + 64  # a place takes 1.47 draws at most, on average
    while last > 0:
        last = shuffle().choose_partners(rng.bit_generator.random_raw(enough), last, partners)
    shuffle().change_places(order, partners)
    return order
