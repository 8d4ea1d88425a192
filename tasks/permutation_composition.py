"""The word problem of a group: what do all the elements so far make together?"""

import functools
import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Small, Tokens

from ._running import running
from ._varied import VariedLength


@TASKS.register("permutation_composition")
@dataclass(frozen=True, kw_only=True)
class PermutationComposition(VariedLength):
    """Which element of a group is the product of all so far?

    ``length`` uniform elements of ``group``, each a token; at every step the product of the elements so far is wanted,
    that of the first one being itself. ``s3`` and ``s5`` are all permutations of three and five things, ``a5`` the even
    ones of five, ``z60`` the numbers 0..59 under addition, ``a4z5`` pairs from A4 and Z5. The last three have 60
    elements each; products in A5 and S5 are the hard ones, for these groups are not solvable.

    A permutation p puts at place i what stood at place p(i); they are numbered in lexicographic order of p(0) p(1) ...
    S3 is 0 = 012, 1 = 021, 2 = 102, 3 = 120, 4 = 201, 5 = 210. Things 012, after 021, stand as 021; after 102, as 201::

        input   1 2 2 5    target  1 4 1 3
        input   0 4 4 4    target  0 4 3 0

    Published for ``z60``, ``a4z5`` and ``a5``; automata over S5 are in Liu et al. 2023a.
    """

    source = "Merrill et al. 2024, Sec. 5"
    kind = "state tracking"
    guessing = "1/6"
    presets = {"merrill": {"group": "a5"}}
    small = Small(length=5)

    group: Literal["s3", "s5", "a5", "z60", "a4z5"] = "s3"

    @property
    def inputs(self) -> Tokens:
        """The elements."""
        return Tokens(len(products(self.group)))

    @property
    def answer(self) -> Classes:
        """The elements."""
        return Classes(len(products(self.group)))

    def compose(self, rng: np.random.Generator, lengths: Array, time: int) -> Batch:
        """New elements."""
        inputs, scored, spans = running(rng, lengths, time, len(products(self.group)), every_step=True)
        return Batch.at(inputs, self.solve(inputs), scored, spans)

    def solve(self, inputs: Array) -> Array:
        """The products so far ``batch time``."""
        table, answers = products(self.group), inputs.copy()
        for time in range(1, inputs.shape[1]):
            answers[:, time] = table[answers[:, time - 1], inputs[:, time]]
        return answers

    def memoryless(self, length: int) -> float:
        """The first product is the input; every later one is uniform whatever the input is."""
        lengths = np.array(self.possible(length, "test"))
        return float(1 / lengths.mean() + (1 - 1 / lengths.mean()) * self.chance)


@functools.cache
def products(group: str) -> Array:
    """The number of each product, ``left right``: the left one is done first."""
    if group[0] == "z":
        order = np.arange(int(group[1:]))
        return np.asarray((order[:, None] + order) % len(order))
    if group == "a4z5":
        fours, fives = products("a4"), products("z5")
        pairs = 5 * fours[:, None, :, None] + fives[None, :, None, :]
        return pairs.reshape(60, 60)
    size = int(group[1])
    elements = [one for one in itertools.permutations(range(size)) if group[0] == "s" or _even(one)]
    number = {element: place for place, element in enumerate(elements)}
    return np.array([[number[tuple(left[i] for i in right)] for right in elements] for left in elements])


def _even(permutation: tuple[int, ...]) -> bool:
    return sum(left > right for left, right in itertools.combinations(permutation, 2)) % 2 == 0
