"""The sequences a trial meets: data sets, streams, splits and the order of batches."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from rnnbench.data_key import DataKey
from rnnbench.streams import BLOCK
from rnnbench.task import Batch
from rnnbench.train.sampling import sample
from rnnbench.trial import Trial

Purpose = Literal["train", "validation", "test"]
Rows = NDArray[np.int64]


class Sequences:
    """A set of sequences as tensors, time first, with the steps at which anything is scored."""

    def __init__(self, batch: Batch, device: torch.device, dtype: torch.dtype) -> None:
        self.steps: list[int] = np.flatnonzero(batch.scored.any(axis=0)).tolist()
        self.inputs = _time_first(batch.inputs, device, dtype)
        """``time sequence feature`` or, for tokens, ``time sequence``."""
        self.targets = _time_first(batch.targets[:, self.steps], device, dtype)
        """``step sequence`` or ``step sequence value``, only the steps in :attr:`steps`."""
        self.scored = _time_first(batch.scored[:, self.steps], device, dtype)
        """bool ``step sequence``."""
        self.lengths = torch.from_numpy(batch.lengths).to(device)
        """int64 ``sequence``."""
        self.shortest, self.longest = int(batch.lengths.min()), int(batch.lengths.max())
        self.count = len(batch)


def _time_first(array: NDArray[np.generic], device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    tensor = torch.from_numpy(np.ascontiguousarray(np.swapaxes(array, 0, 1)))
    return tensor.to(device=device, dtype=dtype if tensor.is_floating_point() else tensor.dtype)


class DataSource:
    """The sequences behind one :class:`DataKey`, drawn when first asked for."""

    def __init__(self, trial: Trial, device: torch.device, dtype: torch.dtype) -> None:
        self.key = DataKey.of(trial)
        self._protocol, self._task, self._length = trial.protocol, trial.make_task(), trial.length
        self._device, self._dtype = device, dtype
        self._sets: dict[Purpose, Sequences] = {}
        self._blocks: dict[int, Sequences] = {}

    def sequences(self, purpose: Purpose) -> Sequences:
        """The whole set for ``purpose``; for training only where the data set is fixed."""
        if purpose not in self._sets:
            self._sets.update(self._draw(purpose))
        return self._sets[purpose]

    def training(self, rows: Rows) -> Iterator[tuple[Sequences, Rows]]:
        """Where the training sequences ``rows`` (``member batch``) lie: sets, with the rows in each.

        In a fresh stream all members stand at the same place, so that each set holds the same columns of ``rows``.
        """
        if self._protocol.data == "fixed":
            yield self.sequences("train"), rows
            return
        block_of = rows[0] // BLOCK
        self._blocks = {number: kept for number, kept in self._blocks.items() if number >= block_of[0]}
        for number in range(int(block_of[0]), int(block_of[-1]) + 1):
            if number not in self._blocks:
                self._blocks[number] = self._make(
                    sample(self._task, self.key.rng("fresh", number), BLOCK, self._length)
                )
            yield self._blocks[number], rows[:, block_of == number] - number * BLOCK

    def _draw(self, purpose: Purpose) -> dict[Purpose, Sequences]:
        protocol, key = self._protocol, self.key
        if purpose == "test":
            return {"test": self._make(sample(self._task, key.rng("test"), protocol.test, self._length))}
        if protocol.data == "fresh":
            drawn = sample(self._task, key.rng("validation"), protocol.validation, self._length)
            return {"validation": self._make(drawn)}
        whole = sample(self._task, key.rng("data"), protocol.sequences, self._length)
        order = np.arange(protocol.sequences)
        if protocol.split == "random":
            order = key.rng("split").permutation(order)
        training, validation = np.split(order, [protocol.training_sequences])
        return {
            "train": self._make(whole.take(np.sort(training))),
            "validation": self._make(whole.take(np.sort(validation))),
        }

    def _make(self, batch: Batch) -> Sequences:
        return Sequences(batch, self._device, self._dtype)


class BatchOrder:
    """Which training sequences one trial sees at which update."""

    def __init__(self, trial: Trial) -> None:
        self._key, self._seed, self._protocol = DataKey.of(trial), trial.seed, trial.protocol
        self._epoch = -1
        self._order: Rows = np.zeros(0, dtype=np.int64)

    def rows(self, update: int) -> Rows:
        """Rows of the training set, or positions in the fresh stream, of the batch at ``update`` (from 1).

        The last batch of an epoch may be smaller. The order depends on data and seed, not on the cell.
        """
        batch = self._protocol.batch
        if self._protocol.data == "fresh":
            return np.arange((update - 1) * batch, update * batch)
        epoch, position = divmod(update - 1, self._protocol.updates_per_epoch)
        if epoch != self._epoch:
            self._order = self._key.rng("order", self._seed, epoch).permutation(self._protocol.training_sequences)
            self._epoch = epoch
        return self._order[position * batch : (position + 1) * batch]
