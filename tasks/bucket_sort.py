"""Bucket sort: count each symbol, then say the counts."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Small

from ._rearrangement import Rearrangement


@TASKS.register("bucket_sort")
@dataclass(frozen=True, kw_only=True)
class BucketSort(Rearrangement):
    """Say the symbols of a word in ascending order.

    ``length`` uniform symbols 0..``symbols - 1``, then as many blanks (token ``symbols``), at which the sorted word is
    wanted. With five symbols::

        input   3 0 4 0 5 5 5 5    target  . . . . 0 0 3 4
        input   2 1 5 5            target  . . 1 2

    ``chomsky`` trains on lengths 1..``length`` (published: 40) and tests at 100; the paper averages over 41..500 and
    weighs all lengths equally, not all symbols.
    """

    source = "Delétang et al. 2023, Bucket Sort"
    kind = "formal language"
    guessing = "1/5"
    presets = {"chomsky": {"lengths": "uniform", "test_length": 100}}
    small = Small(length=4, parameters={"symbols": 3})

    symbols: Annotated[int, Field(ge=2, le=1000)] = 5

    def read(self, words: Array, lengths: Array) -> Array:
        """Sorted, what lies beyond a word after it."""
        beyond = np.arange(words.shape[1]) >= lengths[:, None]
        return np.sort(np.where(beyond, self.symbols, words), axis=1)

    def odds(self, length: int) -> Array:
        """An output is at or below a symbol if more inputs are than there are outputs before it: a binomial tail."""
        below = np.arange(1, self.symbols + 1) / self.symbols
        inputs = np.repeat(np.eye(1, length + 1), self.symbols, axis=0)
        for _ in range(length):
            inputs = inputs * (1 - below[:, None]) + np.roll(inputs, 1, axis=1) * below[:, None]
        at_most = inputs[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
        return np.diff(at_most, axis=0, prepend=0.0).T
