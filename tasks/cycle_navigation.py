"""Cycle navigation: a position on a circle, moved by every symbol."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Classes, Small

from ._tape import Tape


@TASKS.register("cycle_navigation")
@dataclass(frozen=True, kw_only=True)
class CycleNavigation(Tape):
    """Where on a circle do steps back, none and forth lead?

    Tokens 0, 1 and 2, ``length`` of them and uniform, move by -1, 0 and +1 on a circle of ``states`` places, from
    place 0. Class: the place at the end, wanted at the blank (token 3). With five states::

        input   2 0 1 0 0 3    target  . . . . . 3
        input   2 2 2 0 3      target  . . . . 2

    ``chomsky`` trains on lengths 1..``length`` (published: 40) and tests at 100; the paper averages over 41..500.
    """

    source = "Delétang et al. 2023, Cycle Navigation"
    kind = "state tracking"
    guessing = "1/5"
    presets = {"chomsky": {"lengths": "uniform", "test_length": 100}}
    small = Small(length=5)
    symbols = 3

    states: Annotated[int, Field(ge=2, le=1000)] = 5

    @property
    def answer(self) -> Classes:
        """The places."""
        return Classes(self.states)

    def write(self, rng: np.random.Generator, lengths: Array) -> Array:
        """Uniform moves."""
        return rng.integers(0, 3, size=(len(lengths), lengths.max()))

    def read(self, words: Array, lengths: Array) -> Array:
        """The sum of the moves, round the circle."""
        moves = np.where(np.arange(words.shape[1]) < lengths[:, None], words - 1, 0)
        return np.asarray(moves.sum(axis=1, keepdims=True) % self.states)

    def odds(self, length: int) -> Array:
        """Uniform only in the limit: each move spreads the places to their neighbours."""
        places = np.eye(self.states)[:1]
        for _ in range(length):
            places = (np.roll(places, -1, axis=1) + places + np.roll(places, 1, axis=1)) / 3
        return places
