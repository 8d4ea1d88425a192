"""Whole updates of a tile in one call: many updates at a time, group by group of members, in generated code.

Results are those of :meth:`Tile.train_on` done operation by operation, to rounding (:mod:`rnnbench.recurrence.denormal`
says what becomes nought). A group shares nothing with another but the code, so that groups may run in any order and in
several threads, with the same bits.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnnbench.recurrence.arguments import Data, Model, Sums
from rnnbench.recurrence.compile import without_collection
from rnnbench.streams import stream
from rnnbench.task import Purpose
from rnnbench.train.data import Sequences
from rnnbench.train.feed import Feed
from rnnbench.train.memory import Space
from rnnbench.train.optimise import TileOptimiser
from rnnbench.train.order import permutation
from rnnbench.train.pace import Pace
from rnnbench.train.program import Program
from rnnbench.train.readout import Tally

Array = NDArray[Any]


@dataclass(frozen=True)
class Parts:
    """What a fused tile is made of."""

    feed: Feed
    optimiser: TileOptimiser
    members: int
    """Members that are really there."""


@dataclass
class Group:
    """Members that are computed together, and what is made once for many calls: making it takes longer than a call."""

    members: slice
    model: Model
    """Their part of the optimiser's memory, which stays where it is."""
    sets: Sequence[Sequences] = ()
    data: Data | None = None
    """Where ``sets`` lie."""


class FusedTile:
    """Trains and evaluates the members of one tile."""

    def __init__(self, parts: Parts, program: Program, threads: int) -> None:
        self._parts, self._program, self._threads = parts, program, threads
        size = program.kernel.shape.members
        groups = [slice(at, min(at + size, parts.members)) for at in range(0, parts.members, size)]
        self._groups = [Group(members, parts.optimiser.of_group(members)) for members in groups]

    def compile(self) -> float:
        """Have the generated code at hand: it is called with no batch. Returns the seconds that took."""
        group = self._groups[0]
        data, space = self._data(group, self._parts.feed.sets("validation"))
        rows = np.zeros((len(data.sources), 0, self._program.kernel.shape.batch), dtype=np.int32)
        none = np.zeros((1, 0))
        factors = np.zeros(0, dtype=self._program.real)
        own, started = sums(none, none, none, slice(0, 1)), time.perf_counter()
        with without_collection():
            permutation(stream("template"), 2)
            self._program.module.run(False, 0, rows, factors, data, group.model, own, space.work)
        seconds = time.perf_counter() - started  # data and memory are needed anyway: they count as training
        self._program.memory.give_back(space)
        return seconds

    def train(self, updates: range, pace: Pace, before: Callable[[range], None]) -> Tally:
        """Run ``updates``, each stretch of ``pace`` once ``before`` was told of it. Returns the sums over all of them.

        A sum goes on from one stretch to the next, so that it is the same however they are cut.
        """
        tally = self._noughts(3)
        for part in pace.stretches(updates):
            before(part)
            self._advance(part, tally)
        return as_tally(tally, None, None)

    def _advance(self, updates: range, tally: Array) -> None:
        sets, every_row = self._parts.feed.stretch(updates)
        lay_flat(sets)
        none = self._noughts(0)
        factors = np.array(self._parts.optimiser.factors(updates), dtype=self._program.real)

        def run(group: Group) -> None:
            data, space = self._data(group, sets)
            own = sums(tally, none, none, group.members)
            rows = every_row[group.members]
            self._program.module.run(True, updates.start, rows, factors, data, group.model, own, space.work)
            self._program.memory.give_back(space)

        self._each(run)

    def evaluate(self, purpose: Purpose) -> Tally:
        """Sums over the whole set for ``purpose``."""
        sets, none = self._parts.feed.sets(purpose), np.zeros(0, dtype=self._program.real)
        lay_flat(sets)
        tally, right, asked = (self._noughts(width) for width in (3, self._program.listed, self._program.listed))

        def run(group: Group) -> None:
            data, space = self._data(group, sets)
            rows = in_batches([sequences.count for sequences in sets[group.members]], self._program.kernel.shape.batch)
            own = sums(tally, right, asked, group.members)
            self._program.module.run(False, 0, rows, none, data, group.model, own, space.work)
            self._program.memory.give_back(space)

        self._each(run)
        return as_tally(tally, right if self._program.listed else None, asked if self._program.listed else None)

    def _each(self, run: Any) -> None:
        if self._threads == 1 or len(self._groups) == 1:
            for group in self._groups:
                run(group)
            return
        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(run, self._groups))

    def _data(self, group: Group, sets: Sequence[Sequences]) -> tuple[Data, Space]:
        """Where those of ``sets`` that are the group's lie, what is asked when, and memory to work in."""
        own = sets[group.members]
        if group.data is None or any(before is not now for before, now in zip(group.sets, own, strict=True)):
            group.sets, group.data = own, place(own, self._program)
        space = self._program.memory.take(len(group.data.wanted), group.data.slots.shape[1])
        return group.data._replace(nothing=space.nothing), space

    def _noughts(self, width: int) -> Array:
        """Sums to be, for every row of the tile: those without a member stay nought."""
        return np.zeros((len(self._parts.optimiser.flat), width))


def place(sets: Sequence[Sequences], program: Program) -> Data:
    """Where ``sets`` lie and what is asked when; noughts are not there yet."""
    time = max(sequences.time for sequences in sets)
    steps = sorted({step for sequences in sets for step in sequences.steps})
    wanted = np.full(time, -1, dtype=np.int64)
    wanted[steps] = np.arange(len(steps))
    slots = np.full((len(sets), len(steps)), -1, dtype=np.int64)
    for row, sequences in zip(slots, sets, strict=True):
        row[wanted[sequences.steps]] = np.arange(len(sequences.steps))
    sources = np.array([source(sequences) for sequences in sets])
    return Data(sources, 0, wanted, slots, program.places, program.start)


def lay_flat(sets: Iterable[Sequences]) -> None:
    """Make their flat arrays before threads ask for them: from Python 3.12 on each would make its own, one be kept."""
    for sequences in {id(each): each for each in sets}.values():
        _ = sequences.flat


def source(sequences: Sequences) -> list[int]:
    """A row of :attr:`Data.sources`."""
    inputs, answers, lengths = (array.ctypes.data for array in sequences.flat)
    ragged, stride = sequences.shortest < sequences.time, sequences.flat[0].strides[0]
    return [inputs, answers, lengths if ragged else 0, sequences.time, len(sequences.steps), stride]


def in_batches(counts: Sequence[int], size: int) -> Array:
    """All rows of sets that hold ``counts`` sequences, ``member batch row``; -1 where a set has no more."""
    rows = np.arange(math.ceil(max(counts) / size) * size, dtype=np.int32).reshape(-1, size)
    return np.where(rows < np.array(counts)[:, None, None], rows, np.int32(-1))


def as_tally(sums: Array, right: Array | None, asked: Array | None) -> Tally:
    """Sums as tensors."""
    loss, score, count = torch.from_numpy(sums).unbind(1)
    by_class = (None if values is None else torch.from_numpy(values) for values in (right, asked))
    return Tally(loss, score, count, *by_class)


def sums(tally: Array, right: Array, asked: Array, members: slice) -> Sums:
    """The sums of a group's members."""
    return Sums(tally[members], right[members], asked[members])
