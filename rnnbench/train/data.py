"""The sequences a trial meets: data sets, streams and splits."""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property, reduce

import numpy as np
import torch
from numpy.typing import NDArray

from rnnbench.data_key import DataKey
from rnnbench.streams import BLOCK
from rnnbench.task import Array, Batch, Purpose
from rnnbench.train.sampling import sample
from rnnbench.trial import Trial

Rows = NDArray[np.int64]
LINE = 64
"""Bytes of a cache line; PyTorch's memory begins where one does."""


class Sequences:
    """A set of sequences, with the steps at which anything is scored, in the two forms that kernels read.

    Tensors, time first, for PyTorch; flat arrays, a sequence after another, for fused updates. Each is made when asked
    for: a trial needs one of them.
    """

    def __init__(self, batch: Batch, device: torch.device, dtype: torch.dtype) -> None:
        self._batch, self._device, self._dtype = batch, device, dtype
        self.steps: list[int] = np.flatnonzero(batch.scored.any(axis=0)).tolist()
        self.shortest, self.longest = int(batch.lengths.min()), int(batch.lengths.max())
        self.count, self.time = batch.inputs.shape[:2]

    @cached_property
    def inputs(self) -> torch.Tensor:
        """``time sequence feature`` or, for tokens, ``time sequence``."""
        return self._time_first(self._batch.inputs)

    @cached_property
    def targets(self) -> torch.Tensor:
        """``step sequence`` or ``step sequence value``, only the steps in :attr:`steps`; 0 where nothing is scored."""
        targets = self._batch.targets[:, self.steps]
        targets[~self._batch.scored[:, self.steps]] = 0  # nobody reads what a task put there; it may be no class at all
        return self._time_first(targets)

    @cached_property
    def scored(self) -> torch.Tensor:
        """``step sequence``, of booleans."""
        return self._time_first(self._batch.scored[:, self.steps])

    @cached_property
    def lengths(self) -> torch.Tensor:
        """int64 ``sequence``."""
        return torch.from_numpy(self._batch.lengths).to(self._device)

    @cached_property
    def flat(self) -> tuple[Array, Array, Array]:
        """Inputs ``sequence number``, answers ``sequence step [value]`` with NaN where unscored, lengths.

        The inputs of all steps of a sequence begin where a cache line does: none has a line more than it needs.
        """
        inputs = in_lines(self._batch.inputs.reshape(self.count, -1), self._dtype)
        targets = self._batch.targets[:, self.steps].astype(inputs.dtype)
        targets[~self._batch.scored[:, self.steps]] = np.nan
        if inputs.dtype == self._batch.inputs.dtype:  # one of the two is enough
            self._batch = replace(self._batch, inputs=inputs.reshape(self._batch.inputs.shape))
        return inputs, np.ascontiguousarray(targets), np.ascontiguousarray(self._batch.lengths, dtype=np.int64)

    def joined(self, after: "Sequences") -> "Sequences":
        """These sequences and those of ``after``."""
        batch = Batch.joined(self._batch, after._batch)
        return Sequences(batch, self._device, self._dtype)

    def _time_first(self, array: NDArray[np.generic]) -> torch.Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(np.swapaxes(array, 0, 1)))
        return tensor.to(device=self._device, dtype=self._dtype if tensor.is_floating_point() else tensor.dtype)


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
            yield self._block(number), rows[:, block_of == number] - number * BLOCK

    def stretch(self, first: int, last: int) -> tuple[Sequences, int]:
        """One set with positions ``first`` to ``last`` of the fresh stream, and the position of its first sequence."""
        numbers = range(first // BLOCK, last // BLOCK + 1)
        self._blocks = {number: kept for number, kept in self._blocks.items() if number in numbers}
        return reduce(Sequences.joined, [self._block(number) for number in numbers]), numbers[0] * BLOCK

    def _block(self, number: int) -> Sequences:
        if number not in self._blocks:
            drawn = sample(self._task, self.key.rng("fresh", number), BLOCK, self._length)
            self._blocks[number] = self._make(drawn)
        return self._blocks[number]

    def _draw(self, purpose: Purpose) -> dict[Purpose, Sequences]:
        protocol = self._protocol
        if purpose == "test":
            return {"test": self._set("test", "test", protocol.test)}
        if protocol.data == "fresh":
            return {"validation": self._set("validation", "validation", protocol.validation)}
        if self._task.own_splits:
            return {
                "train": self._set("data", "train", protocol.training_sequences),
                "validation": self._set("validation", "validation", protocol.validation),
            }
        whole = sample(self._task, self.key.rng("data"), protocol.sequences, self._length)
        order = np.arange(protocol.sequences)
        if protocol.split == "random":
            order = self.key.rng("split").permutation(order)
        training, validation = np.split(order, [protocol.training_sequences])
        return {
            "train": self._make(whole.take(_sorted(training))),
            "validation": self._make(whole.take(_sorted(validation))),
        }

    def _set(self, stream: str, purpose: Purpose, count: int) -> Sequences:
        return self._make(sample(self._task, self.key.rng(stream), count, self._length, purpose))

    def _make(self, batch: Batch) -> Sequences:
        return Sequences(batch, self._device, self._dtype)


def in_lines(rows: Array, dtype: torch.dtype) -> Array:
    """A copy of ``rows`` in ``dtype``, each of which begins at a multiple of LINE bytes."""
    count, width = rows.shape
    stride = math.ceil(width * dtype.itemsize / LINE) * LINE // dtype.itemsize
    copy: Array = torch.empty(count, stride, dtype=dtype).numpy()[:, :width]
    copy[:] = rows
    return copy


def _sorted(rows: Rows) -> Rows | slice:
    """In ascending order; a plain stretch of rows as a slice, which copies nothing."""
    ordered = np.sort(rows)
    if len(ordered) and ordered[-1] - ordered[0] == len(ordered) - 1:
        return slice(int(ordered[0]), int(ordered[-1]) + 1)
    return ordered
