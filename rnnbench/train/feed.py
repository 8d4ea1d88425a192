"""Batches for a tile of members: each member's sequences, laid side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rnnbench.task import Classes, Features, Task
from rnnbench.data_key import DataKey
from rnnbench.train.data import BatchOrder, DataSource, Purpose, Rows, Sequences
from rnnbench.trial import Trial


@dataclass(frozen=True)
class TileBatch:
    """What a tile sees at one update. Members that end early are padded with zeros."""

    inputs: Tensor
    """``time member batch feature``, or int64 ``time member batch`` for tokens."""
    active: list[Tensor | None]
    """Per step: bool ``member batch 1``, or None where every sequence still runs."""
    steps: list[int]
    """The steps at which anything is scored."""
    targets: Tensor
    """``step member batch`` or ``step member batch value``."""
    scored: Tensor
    """bool ``step member batch``."""


class Feed:
    """The data of the ``members`` of a tile of ``size`` rows; rows without a member stay zero and unscored."""

    def __init__(
        self, task: Task, members: Sequence[Trial], size: int, sources: dict[DataKey, DataSource], device: torch.device,
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
        self._batch = members[0].protocol.batch

    def training(self, update: int) -> TileBatch:
        """The batch of every member at ``update`` (from 1)."""
        pieces: list[tuple[Sequences, list[int], int, Rows]] = []
        for source, members in self._groups:
            rows = np.stack([self._orders[member].rows(update) for member in members])
            if self._orders_agree(rows):
                taken = 0
                for sequences, part in source.training(rows[0]):
                    pieces.append((sequences, members, taken, np.broadcast_to(part, (len(members), len(part)))))
                    taken += len(part)
            else:
                (sequences, _), *_ = source.training(rows[0])
                pieces.append((sequences, members, 0, rows))
        return self._assemble(pieces, self._batch)

    def evaluation(self, purpose: Purpose, batch: int) -> Iterator[TileBatch]:
        """The whole set for ``purpose`` in pieces of ``batch`` sequences."""
        sets = [(source.sequences(purpose), members) for source, members in self._groups]
        for start in range(0, max(sequences.count for sequences, _ in sets), batch):
            pieces = []
            for sequences, members in sets:
                rows = np.arange(start, min(start + batch, sequences.count))
                pieces.append((sequences, members, 0, np.broadcast_to(rows, (len(members), len(rows)))))
            yield self._assemble(pieces, batch)

    @staticmethod
    def _orders_agree(rows: Rows) -> bool:
        return bool((rows == rows[0]).all())

    def _assemble(self, pieces: list[tuple[Sequences, list[int], int, Rows]], batch: int) -> TileBatch:
        time = max(sequences.longest for sequences, *_ in pieces)
        steps = sorted({step for sequences, *_ in pieces for step in sequences.steps})
        place = {step: number for number, step in enumerate(steps)}
        shape = (self._size, batch)
        features = self._task.inputs
        inputs = self._zeros((time, *shape, features.width)) if isinstance(features, Features) else self._zeros(
            (time, *shape), torch.int64
        )
        answer = self._task.answer
        targets = self._zeros((len(steps), *shape), torch.int64) if isinstance(answer, Classes) else self._zeros(
            (len(steps), *shape, answer.width)
        )
        scored = self._zeros((len(steps), *shape), torch.bool)
        lengths = torch.full(shape, time, device=self._device)
        for sequences, members, start, rows in pieces:
            where = (slice(members[0], members[-1] + 1), slice(start, start + rows.shape[1]))
            flat = torch.from_numpy(np.ascontiguousarray(rows).reshape(-1)).to(self._device)

            def pick(whole: Tensor, flat: Tensor = flat, rows: Rows = rows) -> Tensor:
                return whole.index_select(1, flat).unflatten(1, rows.shape)

            inputs[: sequences.longest, *where] = pick(sequences.inputs[: sequences.longest])
            at = [place[step] for step in sequences.steps]
            targets[(at, *where)] = pick(sequences.targets)
            scored[(at, *where)] = pick(sequences.scored)
            lengths[where] = sequences.lengths[flat].view(rows.shape)
        shortest = min(sequences.shortest for sequences, *_ in pieces)
        active: list[Tensor | None] = [None] * shortest
        active += [(lengths > step).unsqueeze(-1) for step in range(shortest, time)]
        return TileBatch(inputs, active, steps, targets, scored)

    def _zeros(self, shape: tuple[int, ...], dtype: torch.dtype | None = None) -> Tensor:
        return torch.zeros(shape, dtype=dtype or self._dtype, device=self._device)
