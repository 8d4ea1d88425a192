"""Batches for a tile of members: each member's sequences, laid side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnbench.data_key import DataKey
from rnnbench.task import Classes, Features, Purpose, Task
from rnnbench.train.data import DataSource, Rows, Sequences
from rnnbench.train.order import BatchOrder
from rnnbench.trial import Trial


@dataclass(frozen=True)
class TileBatch:
    """What a tile sees at one update. Members that end early are padded with zeros."""

    inputs: Tensor
    """``time member batch feature``, or int64 ``time member batch`` for tokens."""
    lengths: Tensor
    """int64 ``member batch``: how many steps each sequence has."""
    shortest: int
    """The smallest of them."""
    steps: list[int]
    """The steps at which anything is scored."""
    targets: Tensor
    """``step member batch`` or ``step member batch value``."""
    scored: Tensor
    """bool ``step member batch``."""


@dataclass(frozen=True)
class Piece:
    """``rows`` (``member batch``) of ``sequences`` for some members, from place ``start`` of the batch on."""

    sequences: Sequences
    members: list[int]
    start: int
    rows: Rows


class Feed:
    """The data of the ``members`` of a tile of ``size`` rows; rows without a member stay zero and unscored."""

    def __init__(
        self,
        task: Task,
        members: Sequence[Trial],
        size: int,
        sources: dict[DataKey, DataSource],
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._task, self._size, self._device, self._dtype = task, size, device, dtype
        self._orders = [BatchOrder(trial) for trial in members]
        self._groups: list[tuple[DataSource, list[int]]] = []
        rows_of: dict[DataKey, list[int]] = {}
        for row, trial in enumerate(members):
            rows_of.setdefault(DataKey.of(trial), []).append(row)
        for key, rows in rows_of.items():
            if key not in sources:
                sources[key] = DataSource(members[rows[0]], device, dtype)
            self._groups.append((sources[key], rows))
        self._batch, self._fresh = members[0].protocol.batch, members[0].protocol.data == "fresh"

    def training(self, update: int) -> TileBatch:
        """The batch of every member at ``update`` (from 1)."""
        pieces = []
        for source, members in self._groups:
            rows = np.stack([self._orders[member].rows(update) for member in members])
            start = 0
            for sequences, part in source.training(rows):
                pieces.append(Piece(sequences, members, start, part))
                start += part.shape[1]
        return self._assemble(pieces, self._batch)

    def stretch(self, updates: range) -> tuple[list[Sequences], NDArray[np.int32]]:
        """For each member, the set and the rows in it that ``updates`` read, ``member update row``; -1 for none."""
        if not self._fresh:
            rows = np.empty((len(self._orders), len(updates), self._batch), dtype=np.int32)
            for order, own in zip(self._orders, rows, strict=True):
                order.stretch(updates, own)
            return self.sets("train"), rows
        first, last = (updates.start - 1) * self._batch, (updates.stop - 1) * self._batch
        found: dict[int, Sequences] = {}
        for source, members in self._groups:
            sequences, start = source.stretch(first, last - 1)  # every member's begins with the same block
            found |= dict.fromkeys(members, sequences)
        one = np.arange(first - start, last - start, dtype=np.int32).reshape(len(updates), self._batch)
        return [found[member] for member in range(len(found))], np.repeat(one[None], len(found), axis=0)

    def sets(self, purpose: Purpose) -> list[Sequences]:
        """For each member, the whole set for ``purpose``."""
        found = {member: source.sequences(purpose) for source, members in self._groups for member in members}
        return [found[member] for member in range(len(found))]

    def evaluation(self, purpose: Purpose, batch: int) -> Iterator[TileBatch]:
        """The whole set for ``purpose`` in pieces of ``batch`` sequences."""
        sets = [(source.sequences(purpose), members) for source, members in self._groups]
        for start in range(0, max(sequences.count for sequences, _ in sets), batch):
            pieces = []
            for sequences, members in sets:
                rows = np.arange(start, min(start + batch, sequences.count))
                pieces.append(Piece(sequences, members, 0, np.broadcast_to(rows, (len(members), len(rows)))))
            yield self._assemble(pieces, batch)

    def _assemble(self, pieces: list[Piece], batch: int) -> TileBatch:
        time = max(piece.sequences.longest for piece in pieces)
        steps = sorted({step for piece in pieces for step in piece.sequences.steps})
        made = self._empty(time, steps, batch, min(piece.sequences.shortest for piece in pieces))
        for piece in pieces:
            self._lay(piece, made)
        return made

    @staticmethod
    def _lay(piece: Piece, made: TileBatch) -> None:
        """Put the sequences of ``piece`` in their place."""
        sequences, shape = piece.sequences, piece.rows.shape
        where = (slice(piece.members[0], piece.members[-1] + 1), slice(piece.start, piece.start + shape[1]))
        flat = torch.from_numpy(np.array(piece.rows).reshape(-1)).to(made.lengths.device)

        def pick(whole: Tensor) -> Tensor:
            return whole.index_select(1, flat).view(len(whole), *shape, *whole.shape[2:])

        steps = [made.steps.index(step) for step in sequences.steps]
        made.inputs[: sequences.longest, *where] = pick(sequences.inputs[: sequences.longest])
        made.targets[(steps, *where)] = pick(sequences.targets)
        made.scored[(steps, *where)] = pick(sequences.scored)
        made.lengths[where] = sequences.lengths[flat].view(shape)

    def _empty(self, time: int, steps: list[int], batch: int, shortest: int) -> TileBatch:
        shape, features, answer = (self._size, batch), self._task.inputs, self._task.answer

        def zeros(width: int | None, leading: int) -> Tensor:
            if width is None:
                return torch.zeros(leading, *shape, dtype=torch.int64, device=self._device)
            return torch.zeros(leading, *shape, width, dtype=self._dtype, device=self._device)

        return TileBatch(
            inputs=zeros(features.width if isinstance(features, Features) else None, time),
            lengths=torch.full(shape, time, device=self._device),
            shortest=shortest,
            steps=steps,
            targets=zeros(None if isinstance(answer, Classes) else answer.width, len(steps)),
            scored=torch.zeros(len(steps), *shape, dtype=torch.bool, device=self._device),
        )
