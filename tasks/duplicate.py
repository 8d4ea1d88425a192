"""Duplicate a string: hold it while saying it."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Small

from ._rearrangement import Rearrangement


@TASKS.register("duplicate")
@dataclass(frozen=True, kw_only=True)
class Duplicate(Rearrangement):
    """Say a word twice.

    ``length`` uniform symbols 0..``symbols - 1``, then twice as many blanks (token ``symbols``), at which the word is
    wanted, and once more::

        input   1 0 0 2 2 2 2 2 2    target  . . . 1 0 0 1 0 0
        input   0 1 2 2 2 2          target  . . 0 1 0 1

    ``chomsky`` trains on lengths 1..``length`` (published: 40) and tests at 100; the paper averages over 41..500 and
    weighs all lengths equally, not all symbols.
    """

    source = "Delétang et al. 2023, Duplicate String"
    kind = "formal language"
    presets = {"chomsky": {"lengths": "uniform", "test_length": 100}}
    small = Small(length=3)

    def output_length(self, length: int) -> int:
        """Twice the word."""
        return 2 * length

    def read(self, words: Array, lengths: Array) -> Array:
        """Round each word."""
        return np.take_along_axis(words, np.arange(2 * words.shape[1]) % lengths[:, None], axis=1)
