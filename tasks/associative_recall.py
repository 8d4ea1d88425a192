"""Multi-query associative recall: a context of pairs, then questions."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rnnbench.errors import RnnbenchError
from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Small, Task, Tokens

from ._recall import distinct, recalled


@TASKS.register("associative_recall")
@dataclass(frozen=True, kw_only=True)
class AssociativeRecall(Task):
    """Which value was each key paired with in the list at the start, where an overwritten key counts as last told?

    Tokens under ``vocabulary`` V: keys 1..V/2-1, values V/2..V-1. The context is ``pairs`` N different keys, each
    followed by its value, all values different, the list told ``passes`` times; then ``updates`` of the keys
    (different ones, at random) come again, each with a new value. The rest is cut into slots of two steps. N of these,
    drawn without replacement with weight i^(power - 1) for slot i = 1, 2, ..., begin with one key each, in the order
    of the context; there the answer is the key's latest value (as class value - V/2). Every other step is ``filler``:
    a token drawn from all V, keys included, or 0. With N = 2, V = 8, one update and filler 0::

        input   1 5 3 4 1 6 1 0 0 0 3 0      target  . . . . . . 2 . . . 0 .

    As in the source, the new value j is uniform among the values other than that of pair j, whichever key it is for:
    now and then it is the old one. Our choices: the read-out chooses among values only, not among all V tokens; V > T
    is not required. ``length`` is the source's T, context included.
    """

    source = "Arora et al. 2024, Sec. 3 and its code for multi-query associative recall"
    kind = "recall"
    guessing = "1/4096"
    minimum_length = 16
    presets = {
        "zoology": {"pairs": 4, "updates": 0},
        "forgetting": {"pairs": 4, "updates": 2},
    }
    preset_sources = {"forgetting": "Arora et al. 2024, its code for recall with forgetting; the counts are ours"}
    small = Small(length=12, parameters={"vocabulary": 8, "pairs": 2, "embedding": None})

    vocabulary: Annotated[int, Field(ge=4, multiple_of=2)] = 8192
    pairs: Annotated[int, Field(ge=1)] = 4
    updates: Annotated[int, Field(ge=0)] = 0
    passes: Annotated[int, Field(ge=1)] = 1
    power: Annotated[float, Field(gt=0)] = 0.01
    filler: Literal["random", "zero"] = "random"
    embedding: Annotated[int, Field(ge=1)] | None = 64

    @property
    def inputs(self) -> Tokens:
        """Keys, values and 0, embedded in ``embedding`` numbers; one-hot if none."""
        return Tokens(self.vocabulary, self.embedding)

    @property
    def answer(self) -> Classes:
        """The values."""
        return Classes(self.vocabulary // 2)

    @property
    def _context(self) -> int:
        return 2 * (self.pairs * self.passes + self.updates)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Tokens ``batch length``; ``pairs`` scored steps a sequence."""
        half, context, rows = self.vocabulary // 2, self._context, np.arange(batch)[:, None]
        keys = 1 + distinct(rng, batch, self.pairs, half - 1)
        values = distinct(rng, batch, self.pairs, half)
        again = distinct(rng, batch, self.updates, self.pairs)
        other = rng.integers(0, half - 1, size=(batch, self.updates))
        new = other + (other >= values[:, : self.updates])
        filler = rng.integers(0, self.vocabulary if self.filler == "random" else 1, size=(batch, length))
        told = np.tile(np.stack([keys, half + values], axis=2).reshape(batch, -1), self.passes)
        retold = np.stack([keys[rows, again], half + new], axis=2).reshape(batch, -1)
        values[rows, again] = new
        slots = 1 + np.arange((length - context) // 2)
        # the slots whose exponential clocks ring first are a weighted draw without replacement
        rings = rng.exponential(size=(batch, len(slots))) / slots ** (self.power - 1.0)
        places = context + 2 * np.argsort(rings, axis=1)[:, : self.pairs]
        inputs = np.concatenate([told, retold, filler[:, context:]], axis=1)
        targets, scored = np.zeros_like(inputs), np.zeros(inputs.shape, dtype=bool)
        inputs[rows, places], targets[rows, places], scored[rows, places] = keys, values, True
        return Batch.at(inputs, targets, scored)

    def solve(self, inputs: Array) -> Array:
        """The value last told for the token of each step."""
        steps = np.arange(inputs.shape[1])
        return recalled(inputs, inputs, (steps % 2 == 1) & (steps < self._context)) - self.vocabulary // 2

    def memoryless(self, length: int) -> float:
        """A key alone says nothing of its value."""
        return self.chance

    def check_length(self, length: int) -> None:
        """Refuse odd lengths, more questions than slots, more pairs than keys and more updates than pairs."""
        least = self._context + 2 * self.pairs
        got = f"got length={length}, pairs={self.pairs}, passes={self.passes}, updates={self.updates}"
        if length < least or length % 2:
            rule = f"an even length ≥ 2 * (pairs * passes + updates) + 2 * pairs = {least}"
        elif not self.updates <= self.pairs < self.vocabulary // 2:
            rule, got = "updates ≤ pairs ≤ vocabulary / 2 - 1", f"{got}, vocabulary={self.vocabulary}"
        else:
            return
        raise RnnbenchError(f"task {self.name!r} needs {rule}, {got}.")
