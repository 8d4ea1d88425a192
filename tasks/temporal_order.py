"""Temporal order, as posed in 1997 and as posed again in 2013."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Small, Task, Tokens

X, Y, START, END = 4, 5, 6, 7
PLACES = {
    ("hochreiter", 2): ((10, 20), (50, 60)),
    ("hochreiter", 3): ((10, 20), (33, 43), (66, 76)),
    ("pascanu", 2): ((10, 20), (50, 60)),
    ("pascanu", 3): ((10, 20), (30, 40), (60, 70)),
}
"""Between which hundredths of ``length`` each relevant symbol stands."""


@TASKS.register("temporal_order")
@dataclass(frozen=True, kw_only=True)
class TemporalOrder(Task):
    """In which order did the few relevant symbols, X or Y, come among many that are not?

    Symbols a, b, c, d (tokens 0 to 3) are drawn at random; at ``relevant`` places stands X (4) or Y (5), each with
    probability 1/2. At the last step the class is their order, read as a binary number: XX 0, XY 1, YX 2, YY 3.

    ``layout=hochreiter``: the sequence starts with E (6), ends with B (7), and has ``length`` to 1.1 ``length`` steps,
    both included. Published is length 100: X or Y at steps 10 to 20 and 50 to 60 (6a), or 10 to 20, 33 to 43 and 66 to
    76 (6b), both ends included; other lengths scale these, rounded down. The paper does not say whether it counts
    from 0 or 1: here E is step 0. ``layout=pascanu``: exactly ``length`` steps, no E or B; with w = length // 10,
    X or Y at one of w steps from 0.1 and 0.5 of ``length`` (three: 0.1, 0.3, 0.6). For instance at length 10::

        hochreiter   E X a c b Y d a b B     class 1
        pascanu      a X d c b Y d a b c     class 1
    """

    source = "Hochreiter & Schmidhuber 1997, Experiments 6a and 6b"
    kind = "order"
    guessing = "1/4"
    presets = {
        "6a": {"layout": "hochreiter", "relevant": 2},
        "6b": {"layout": "hochreiter", "relevant": 3},
        "pascanu": {"layout": "pascanu", "relevant": 2},
        "3bit": {"layout": "pascanu", "relevant": 3},
    }
    preset_sources = {
        "pascanu": "Pascanu et al. 2013, Sec. 4.1 and the authors' code (tempOrder.py)",
        "3bit": "Pascanu et al. 2013, Sec. 4.1 and the authors' code (tempOrder3bit.py)",
    }
    minimum_length = 10
    small = Small(length=10)

    layout: Literal["hochreiter", "pascanu"] = "hochreiter"
    relevant: Literal[2, 3] = 2

    @property
    def inputs(self) -> Tokens:
        """Four distractors, X and Y; E and B where the layout has them."""
        return Tokens(8 if self.layout == "hochreiter" else 6)

    @property
    def answer(self) -> Classes:
        """One class an order."""
        return Classes(2**self.relevant)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time``; one class a sequence at its last step."""
        rows, time = np.arange(batch), self.steps(length)
        tokens = rng.integers(0, 4, size=(batch, time))
        bits = rng.integers(0, 2, size=(batch, self.relevant))
        for place, bit in zip(self._places(rng, batch, length), bits.T, strict=True):
            tokens[rows, place] = np.where(bit, Y, X)
        lengths = np.full(batch, time)
        if self.layout == "hochreiter":
            lengths = rng.integers(length, time + 1, size=batch)
            tokens[:, 0] = START
            tokens[rows, lengths - 1] = END
            tokens[np.arange(time) >= lengths[:, None]] = 0
        last = np.arange(time) == lengths[:, None] - 1
        return Batch.at(tokens, np.where(last, _number(bits)[:, None], 0), last, lengths)

    def _places(self, rng: np.random.Generator, batch: int, length: int) -> list[Array]:
        """The step of each relevant symbol, each ``batch``."""
        drawn = []
        for low, high in PLACES[self.layout, self.relevant]:
            first = length * low // 100
            behind = length * high // 100 + 1 if self.layout == "hochreiter" else first + length // 10
            drawn.append(rng.integers(first, behind, size=batch))
        return drawn

    def steps(self, length: int) -> int:
        """The longest sequence: a tenth more than the shortest in the layout of 1997."""
        return length + length // 10 if self.layout == "hochreiter" else length

    def solve(self, inputs: Array) -> Array:
        """Every X and Y in the order in which they come."""
        relevant = (inputs == X) | (inputs == Y)
        places = np.argsort(~relevant, axis=1, kind="stable")[:, : self.relevant]
        return _number(np.take_along_axis(inputs, places, axis=1) == Y)

    def memoryless(self, length: int) -> float:
        """The last symbol tells nothing."""
        return self.chance


def _number(bits: Array) -> Array:
    """Rows of ``bits`` (``batch bit``) as binary numbers, the first bit the most significant."""
    return np.asarray(bits @ (1 << np.arange(bits.shape[1])[::-1]))
