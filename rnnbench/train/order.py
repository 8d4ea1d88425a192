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
        self._order = np.zeros(0, dtype=np.int32)

    def rows(self, update: int) -> NDArray[np.int64]:
        """Rows of the training set, or positions in the fresh stream, of the batch at ``update`` (from 1).

        The last batch of an epoch may be smaller. The order depends on data and seed, not on the cell.
        """
        batch = self._protocol.batch
        if self._protocol.data == "fresh":
            return np.arange((update - 1) * batch, update * batch)
        epoch, position = divmod(update - 1, self._protocol.updates_per_epoch)
        return self._of_epoch(epoch)[position * batch : (position + 1) * batch].astype(np.int64)

    def stretch(self, updates: range, into: NDArray[np.int32]) -> None:
        """Write ``into`` (``update row``) the rows of a fixed set; -1 where the last batch of an epoch has none."""
        batch, whole = self._protocol.batch, self._protocol.updates_per_epoch
        flat, done = into.reshape(-1), 0
        while done < len(updates):
            epoch, position = divmod(updates[done] - 1, whole)
            count = min(whole - position, len(updates) - done)
            rows = self._of_epoch(epoch)[position * batch : (position + count) * batch]
            place, done = done * batch, done + count
            flat[place : place + len(rows)] = rows
            flat[place + len(rows) : done * batch] = -1

    def _of_epoch(self, epoch: int) -> NDArray[np.int32]:
        if epoch != self._epoch:
            rng = self._key.rng("order", self._seed, epoch)
            self._order, self._epoch = permutation(rng, self._protocol.training_sequences), epoch
        return self._order


def permutation(rng: np.random.Generator, count: int, words: int | None = None) -> NDArray[np.int32]:
    """What ``rng.permutation(count)`` is (numpy 2.4), by compiled code; a fresh ``rng`` will then have gone on further.

    For thirty one-unit models numpy's own takes a tenth of their training. ``words`` are drawn at a time, by default
    nearly always enough: a place takes 1.47 halves of one at most, on average.
    """
    order, partners = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
    last, words = count - 1, words or count * 3 // 4 + 64
    while last > 0:
        last = shuffle().choose_partners(rng.bit_generator.random_raw(words), last, partners)
    shuffle().change_places(order, partners)
    return order
