"""Fuzzy in-context recall of the MAD tasks: keys and values are runs of several tokens."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.errors import RnnbenchError
from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Purpose, Small, Task, Tokens

from ._recall import distinct, first_sight, pick, recalled


@TASKS.register("fuzzy_recall")
@dataclass(frozen=True, kw_only=True)
class FuzzyRecall(Task):
    """Which tokens followed this key when it was seen before, if keys and values are runs of one to three tokens?

    The last token of ``vocabulary`` V is padding; of the rest the first half are key tokens, the second half value
    tokens. A key is a run of 1..``key_tokens`` different key tokens, a value of 1..``value_tokens`` different value
    tokens: lengths uniform, then tokens uniform. A key keeps the value it had first. As many pairs are told as leave
    room for one of the longest; then one of the different keys told comes again, uniformly. Padding on the left makes
    ``length`` steps, the source's T; the very last value token is asked and not fed. Scored is every step before a
    value token of a key told before: the value tokens read so far are fed. Classes are value token - number of key
    tokens. Test sequences have keys of ``key_tokens`` only. With V = 9 and keys and values of up to two::

        input   8 8 0 2 5 4 1 7 0 2 5      target  . . . . . . . . . 1 0

    Our choice: the source draws the last pair before the others and puts it among them, which fails when its place is
    late; here it repeats one that was told. It trains on every next token; here only answers are trained.
    """

    source = "Poli et al. 2024, Sec. 3.1 (MAD: fuzzy in-context recall) and its code"
    kind = "recall"
    guessing = "1/8"
    minimum_length = 11
    presets = {"mad": {"vocabulary": 16, "key_tokens": 3, "value_tokens": 3}}
    small = Small(length=12, parameters={"vocabulary": 7, "key_tokens": 1, "value_tokens": 2})

    vocabulary: Annotated[int, Field(ge=3)] = 16
    key_tokens: Annotated[int, Field(ge=1, le=4)] = 3
    value_tokens: Annotated[int, Field(ge=1, le=4)] = 3

    @property
    def inputs(self) -> Tokens:
        """Key tokens, value tokens, padding; one-hot."""
        return Tokens(self.vocabulary)

    @property
    def answer(self) -> Classes:
        """The value tokens."""
        return Classes(self.vocabulary - 1 - self._keys)

    @property
    def _keys(self) -> int:
        return (self.vocabulary - 1) // 2

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Tokens ``batch length``, as for training."""
        return self._sample(rng, batch, length, 1)

    def draw(self, rng: np.random.Generator, batch: int, length: int, purpose: Purpose) -> Batch:
        """Tests ask for keys of full length."""
        return self._sample(rng, batch, length, self.key_tokens if purpose == "test" else 1)

    def _sample(self, rng: np.random.Generator, batch: int, length: int, shortest: int) -> Batch:
        longest = self.key_tokens + self.value_tokens
        most = (length + 1 - longest) // (shortest + 1) + 1
        keys = self._runs(rng, (batch, most), shortest, self.key_tokens, self._keys)
        values = self._runs(rng, (batch, most), 1, self.value_tokens, self.answer.count)
        names = keys @ (self.vocabulary ** np.arange(self.key_tokens))
        firsts = first_sight(names)
        values = np.take_along_axis(values, firsts[:, :, None], axis=1)
        runs = np.concatenate([keys, np.where(values < 0, -1, self._keys + values)], axis=2)
        fits = (runs >= 0).sum(axis=2).cumsum(axis=1) <= length + 1 - longest
        asked = firsts < np.arange(most)
        last = pick(rng, fits & ~asked)[:, None]
        # every pair in line, the one asked again at the end; -1 marks what is not there
        tokens = np.concatenate([np.where(fits[:, :, None], runs, -1), runs[np.arange(batch)[:, None], last]], axis=1)
        asked = np.concatenate([asked, np.ones((batch, 1), dtype=bool)], axis=1)
        wanted = np.broadcast_to(asked[:, :, None] & (np.arange(longest) >= self.key_tokens), tokens.shape)
        tokens, wanted = tokens.reshape(batch, -1), wanted.reshape(batch, -1)
        order = np.argsort(tokens >= 0, axis=1, kind="stable")[:, -length - 1 :]
        tokens, wanted = np.take_along_axis(tokens, order, axis=1), np.take_along_axis(wanted, order, axis=1)
        scored = wanted[:, 1:] & (tokens[:, 1:] >= 0)
        return Batch.at(np.where(tokens < 0, self.vocabulary - 1, tokens)[:, :-1], tokens[:, 1:] - self._keys, scored)

    def _runs(self, rng: np.random.Generator, shape: tuple[int, int], shortest: int, longest: int, among: int) -> Array:
        """``batch pair token``: runs of different tokens, -1 after their end."""
        batch, most = shape
        tokens = distinct(rng, batch * most, longest, among).reshape(batch, most, longest)
        lengths = rng.integers(shortest, longest, size=(batch, most, 1), endpoint=True)
        return np.where(np.arange(longest) < lengths, tokens, -1)

    def solve(self, inputs: Array) -> Array:
        """What last followed all that has been read since the last key began."""
        is_key, is_value = inputs < self._keys, (inputs >= self._keys) & (inputs < self.vocabulary - 1)
        cues = np.empty_like(inputs)
        read = np.zeros(len(inputs), dtype=np.int64)
        for step in range(inputs.shape[1]):
            begins = is_key[:, step] & ~(is_key[:, step - 1] if step else False)
            cues[:, step] = read = np.where(begins, 0, read * self.vocabulary) + 1 + inputs[:, step]
        return recalled(inputs, cues, is_value) - self._keys

    def check_length(self, length: int) -> None:
        """Refuse lengths without room for two pairs, and runs longer than there are different tokens."""
        least = 2 * (self.key_tokens + self.value_tokens) - 1
        got = f"key_tokens={self.key_tokens}, value_tokens={self.value_tokens}"
        if length < least:
            rule = f"length ≥ 2 * (key_tokens + value_tokens) - 1 = {least}"
            raise RnnbenchError(f"task {self.name!r} needs {rule}, got length={length}, {got}.")
        if self.key_tokens > self._keys or self.value_tokens > self.answer.count:
            rule = f"key_tokens ≤ {self._keys} and value_tokens ≤ {self.answer.count} (half of vocabulary - 1)"
            raise RnnbenchError(f"task {self.name!r} needs {rule}, got {got}, vocabulary={self.vocabulary}.")
