"""Even pairs: a regular language for which the first and last symbol suffice."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Small

from ._tape import Tape


@TASKS.register("even_pairs")
@dataclass(frozen=True, kw_only=True)
class EvenPairs(Tape):
    """Does a word of bits hold an odd number of the pairs 01 and 10?

    The word has ``length`` uniform bits. Its neighbours that differ are counted; class 1 if their number is odd, which
    is so exactly if the first and the last bit differ. The answer is wanted at the blank (token 2) after the word::

        input   0 0 1 1 1 0 2      target  . . . . . . 0
        input   0 1 0 1 0 0 1 2    target  . . . . . . . 1

    ``chomsky`` trains on lengths 1..``length`` (published: 40) and tests at 100; the paper averages over 41..500.
    """

    source = "Delétang et al. 2023, Even Pairs"
    kind = "formal language"
    presets = {"chomsky": {"lengths": "uniform", "test_length": 100}}
    small = Small(length=5)
    symbols = 2

    def write(self, rng: np.random.Generator, lengths: Array) -> Array:
        """Uniform bits."""
        return rng.integers(0, 2, size=(len(lengths), lengths.max()))

    def read(self, words: Array, lengths: Array) -> Array:
        """Whether the last bit differs from the first."""
        last = np.take_along_axis(words, lengths[:, None] - 1, axis=1)
        return np.asarray(last != words[:, :1])

    def odds(self, length: int) -> Array:
        """A single bit has no pairs."""
        return np.array([[1.0, 0.0]] if length == 1 else [[0.5, 0.5]])
