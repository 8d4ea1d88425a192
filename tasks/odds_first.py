"""Odds first: a word in two passes, every second symbol in each."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Small

from ._rearrangement import Rearrangement


@TASKS.register("odds_first")
@dataclass(frozen=True, kw_only=True)
class OddsFirst(Rearrangement):
    """Say every second symbol of a word, then the others.

    ``length`` uniform symbols 0..``symbols - 1``, then as many blanks (token ``symbols``), at which are wanted the
    symbols at places 1, 3, 5 ... and then those at 0, 2, 4 ..., counted from 0 as in the published code (the paper
    counts from 1 and has them the other way round)::

        input   0 0 1 2 2 2        target  . . . 0 0 1
        input   0 1 0 1 2 2 2 2    target  . . . . 1 1 0 0

    ``chomsky`` trains on lengths 1..``length`` (published: 40) and tests at 100; the paper averages over 41..500 and
    weighs all lengths equally, not all symbols.
    """

    source = "Delétang et al. 2023, Odds First"
    kind = "formal language"
    presets = {"chomsky": {"lengths": "uniform", "test_length": 100}}
    small = Small(length=4)

    def read(self, words: Array, lengths: Array) -> Array:
        """Places 1, 3, 5 ... of each word, as many as it has, then 0, 2, 4 ..."""
        output, odd = np.arange(words.shape[1]), lengths[:, None] // 2
        place = np.where(output < odd, 2 * output + 1, 2 * (output - odd))
        return np.take_along_axis(words, place.clip(0, words.shape[1] - 1), axis=1)
