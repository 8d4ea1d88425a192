"""In-context recall of the MAD tasks, plain and noisy: pairs whose key was seen before are asked."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.errors import RnnbenchError
from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Small, Task, Tokens

from ._recall import first_sight, pick, recalled


@TASKS.register("in_context_recall")
@dataclass(frozen=True, kw_only=True)
class InContextRecall(Task):
    """Which value did this key have when it was seen before, in a stream of pairs with noise between them?

    The first half of ``vocabulary`` less ``noise_vocabulary`` are keys, the second half values, the tokens after them
    noise. ``length`` is the source's T, even: T/2 pairs, of which the last value is asked and not fed, so T - 1 steps.
    A pair is a key drawn uniformly and a value drawn uniformly when the key is first seen and kept for the rest of the
    sequence. With probability ``noise_share`` two noise tokens stand in a pair's place, never in the place of one
    drawn at random. The last key is uniform among the different keys seen. Scored is every key seen before; the answer
    is its value (as class value - number of keys). With keys 0 1, values 2 3 and noise 4 5::

        input   0 3 1 3 4 5 0 3 1      target  . . . . . . 1 . 1

    The source may draw the last place for the pair that noise spares; here it is one of those before it. It trains on
    every next token, and scores these answers in tests; here nothing else is trained.
    """

    source = "Poli et al. 2024, Sec. 3.1 (MAD: in-context recall, noisy in-context recall) and its code"
    kind = "recall"
    guessing = "1/8"
    minimum_length = 4
    presets = {
        "mad": {"vocabulary": 16, "noise_vocabulary": 0, "noise_share": 0.0},
        "noisy": {"vocabulary": 32, "noise_vocabulary": 16, "noise_share": 0.2},
    }
    small = Small(length=12, parameters={"vocabulary": 4})

    vocabulary: Annotated[int, Field(ge=2)] = 16
    noise_vocabulary: Annotated[int, Field(ge=0)] = 0
    noise_share: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @property
    def inputs(self) -> Tokens:
        """Keys, values, noise; one-hot."""
        return Tokens(self.vocabulary)

    @property
    def answer(self) -> Classes:
        """The values."""
        return Classes(self.vocabulary - self.noise_vocabulary - self._keys)

    @property
    def _keys(self) -> int:
        return (self.vocabulary - self.noise_vocabulary) // 2

    def steps(self, length: int) -> int:
        """All but the last value are fed."""
        return length - 1

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Tokens ``batch length-1``; the last step and every key seen before are scored."""
        pairs, rows = length // 2, np.arange(batch)
        keys = rng.integers(0, self._keys, size=(batch, pairs))
        noisy = rng.random((batch, pairs)) < self.noise_share
        noisy[rows, rng.integers(0, pairs - 1, size=batch)] = False
        noisy[:, -1] = False
        keys = np.where(noisy, -1, keys)
        shown = (first_sight(keys) == np.arange(pairs)) & ~noisy
        shown[:, -1] = False
        keys[:, -1] = keys[rows, pick(rng, shown)]
        firsts = first_sight(keys)
        values = np.take_along_axis(rng.integers(0, self.answer.count, size=(batch, pairs)), firsts, axis=1)
        tokens = np.stack([keys, self._keys + values], axis=2)
        noise = rng.integers(0, max(1, self.noise_vocabulary), size=(batch, pairs, 2))
        tokens = np.where(noisy[:, :, None], self.vocabulary - self.noise_vocabulary + noise, tokens)
        asked = (firsts < np.arange(pairs)) & ~noisy
        scored = np.stack([asked, np.zeros_like(asked)], axis=2).reshape(batch, -1)
        return Batch.at(tokens.reshape(batch, -1)[:, :-1], values.repeat(2, axis=1)[:, :-1], scored[:, :-1])

    def solve(self, inputs: Array) -> Array:
        """The value that last followed the token of each step."""
        told = (inputs >= self._keys) & (inputs < self.vocabulary - self.noise_vocabulary)
        return recalled(inputs, inputs, told) - self._keys

    def memoryless(self, length: int) -> float:
        """A key alone says nothing of its value."""
        return self.chance

    def check_length(self, length: int) -> None:
        """Refuse odd lengths, fewer than two pairs, and vocabularies without keys or without noise to draw."""
        if length < 4 or length % 2:
            raise RnnbenchError(f"task {self.name!r} needs an even length ≥ 4, got {length}.")
        if self._keys < 1 or self.noise_vocabulary < (self.noise_share > 0):
            raise RnnbenchError(
                f"task {self.name!r} needs noise_vocabulary ≤ vocabulary - 2, and ≥ 1 if noise_share > 0, got "
                f"vocabulary={self.vocabulary}, noise_vocabulary={self.noise_vocabulary}, "
                f"noise_share={self.noise_share:g}."
            )
