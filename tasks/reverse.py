"""Reverse a string: what came last goes out first."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Small

from ._rearrangement import Rearrangement


@TASKS.register("reverse")
@dataclass(frozen=True, kw_only=True)
class Reverse(Rearrangement):
    """Say a word backwards.

    ``length`` uniform symbols 0..``symbols - 1``, then as many blanks (token ``symbols``), at which the word is wanted
    from its end to its beginning::

        input   0 1 1 2 2 2    target  . . . 1 1 0
        input   1 0 2 2        target  . . 0 1

    ``chomsky`` trains on lengths 1..``length`` (published: 40) and tests at 100; the paper averages over 41..500 and
    weighs all lengths equally, not all symbols.
    """

    source = "Delétang et al. 2023, Reverse String"
    kind = "formal language"
    presets = {"chomsky": {"lengths": "uniform", "test_length": 100}}
    small = Small(length=4)

    def read(self, words: Array, lengths: Array) -> Array:
        """Backwards from each word's own end."""
        place = lengths[:, None] - 1 - np.arange(words.shape[1])
        return np.take_along_axis(words, place.clip(0), axis=1)
