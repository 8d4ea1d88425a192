"""Bracket matching: the language of balanced brackets, Dyck-k."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Small

from ._brackets import balanced, balanced_words, exchanged, resampled, still_balanced
from ._tape import Tape

RESAMPLED = 0.35
"""The share of places that are drawn anew."""


@TASKS.register("bracket_matching")
@dataclass(frozen=True, kw_only=True)
class BracketMatching(Tape):
    """Is every bracket closed, in order, by one of its own kind?

    Brackets of ``kinds`` kinds: token j opens kind j, token ``kinds + j`` closes it. Class 1 if the word is balanced,
    wanted at the blank (token ``2 * kinds``); an odd ``length`` is lowered by one. With two kinds, ([]) and ([)]::

        input   0 1 3 2 4    target  . . . . 1
        input   0 1 2 3 4    target  . . . . 0

    A balanced word opens a bracket where none is open, closes one where as many are open as symbols remain, or
    ``max_depth``, and else as a coin says. With probability 1/2 the word is changed: two of its symbols change places,
    drawn again until it is not balanced (``change=exchange``: counting the symbols of each kind does not help, order
    does); or 35 % of its places, rounded down, get a uniform bracket, and the word may well stay balanced
    (``change=resample``: class 1 is then more frequent than chance says; with ``cogscale`` it has 0.61 of the words
    at length 10, 0.55 at 20 and 0.52 at 50).

    ``cogscale``: one kind, resampled; published are lengths 50, 100 and 300 at a depth of 5, 10 and 30. There the
    answer is wanted one step after the blank.
    """

    source = "Chomsky & Schützenberger 1963, Dyck language"
    kind = "formal language"
    minimum_length = 2
    presets = {"cogscale": {"kinds": 1, "max_depth": 5, "change": "resample"}}
    preset_sources = {"cogscale": "Bendi-Ouis et al. 2026, bracket matching"}
    small = Small(length=6)

    kinds: Annotated[int, Field(ge=1, le=100)] = 2
    max_depth: Annotated[int, Field(ge=1)] | None = None
    change: Literal["exchange", "resample"] = "exchange"

    @property
    def symbols(self) -> int:
        """An opening and a closing bracket of each kind."""
        return 2 * self.kinds

    def fitting(self, length: int) -> int:
        """Even."""
        return length - length % 2

    def write(self, rng: np.random.Generator, lengths: Array) -> Array:
        """Balanced words, half of them changed."""
        words = balanced_words(rng, lengths, self.kinds, self.max_depth or int(lengths.max()))
        rows = np.flatnonzero(rng.random(len(words)) < 0.5)
        if self.change == "exchange":
            words[rows] = exchanged(rng, words[rows], lengths[rows], self.kinds)
        else:
            words[rows] = resampled(rng, words[rows], lengths[rows], self.kinds, RESAMPLED)
        return words

    def read(self, words: Array, lengths: Array) -> Array:
        """Whether they are balanced."""
        return balanced(words, lengths, self.kinds)[:, None]

    def odds(self, length: int) -> Array | None:
        """One half by construction, where no changed word stays balanced; not known for several kinds resampled."""
        if self.change == "exchange":
            return np.array([[0.5, 0.5]])
        if self.kinds > 1:
            return None
        deepest = min(self.max_depth or length, length // 2)
        balanced = 0.5 + 0.5 * still_balanced(length, deepest, int(length * RESAMPLED))
        return np.array([[1 - balanced, balanced]])
