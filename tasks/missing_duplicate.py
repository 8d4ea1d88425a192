"""Missing duplicate: a word twice, one symbol of it lost."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Small

from ._tape import Tape


@TASKS.register("missing_duplicate")
@dataclass(frozen=True, kw_only=True)
class MissingDuplicate(Tape):
    """Which bit is missing from a word that was said twice?

    A word of ``length // 2`` uniform bits stands twice, one of all its bits (uniform) is replaced by token 2, and an
    odd ``length`` ends with token 3. The lost bit is wanted at the blank (token 4)::

        input   0 1 1 0 0 1 2 0 4    target  . . . . . . . . 1
        input   1 2 1 0 3 4          target  . . . . . 0

    Published lengths begin at 1, where nothing can be asked; here they begin at 2. ``chomsky`` trains on lengths
    2..``length`` (published: 1..40) and tests at 100; the paper averages over 41..500.
    """

    source = "Delétang et al. 2023, Missing Duplicate"
    kind = "formal language"
    minimum_length = 2
    presets = {"chomsky": {"lengths": "uniform", "test_length": 100}}
    small = Small(length=4)
    symbols = 4

    def write(self, rng: np.random.Generator, lengths: Array) -> Array:
        """The bits twice, the lost one, the token that makes an odd length full."""
        half, place = lengths[:, None] // 2, np.arange(lengths.max())
        bits = rng.integers(0, 2, size=(len(lengths), lengths.max()))
        words = np.take_along_axis(bits, place % half, axis=1)
        lost = rng.integers(0, 2 * half)
        return np.where(place == lost, 2, np.where(place == 2 * half, 3, words))

    def read(self, words: Array, lengths: Array) -> Array:
        """The bit half a word away from the lost one."""
        half = lengths[:, None] // 2
        lost = (words == 2).argmax(axis=1)[:, None]
        return np.take_along_axis(words, (lost + half) % (2 * half), axis=1)
