"""The tape of Delétang et al. 2023: an input word, then a blank for each symbol of the answer."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rnnbench.task import Array, Batch, Classes, Tokens

from ._varied import VariedLength


@dataclass(frozen=True, kw_only=True)
class Tape(VariedLength):
    """A word goes in, another comes out while blanks go in.

    Tokens are one-hot: the symbols of the input, then the blank, which is token ``symbols``. ``length`` is that of the
    input; only blanks are scored. A word shorter than its array is followed by anything: nobody looks there.
    """

    @property
    @abstractmethod
    def symbols(self) -> int:
        """How many symbols the input has; the blank is one more."""

    @abstractmethod
    def write(self, rng: np.random.Generator, lengths: Array) -> Array:
        """Input words ``batch time``, one for each of ``lengths``."""

    @abstractmethod
    def read(self, words: Array, lengths: Array) -> Array:
        """Answers to ``words``: ``batch output``, at least :meth:`output_length` of the longest."""

    def output_length(self, length: int) -> int:
        """Symbols of the answer to an input of ``length``."""
        return 1

    def odds(self, length: int) -> Array | None:
        """How often each class is the answer to an input of ``length``, ``output class``, if known; here equally."""
        return np.full((self.output_length(length), self._classes), 1 / self._classes)

    @property
    def inputs(self) -> Tokens:
        """The symbols and the blank."""
        return Tokens(self.symbols + 1)

    def span(self, length: int) -> int:
        """Input and answer."""
        fitting = self.fitting(length)
        return fitting + self.output_length(fitting)

    def compose(self, rng: np.random.Generator, lengths: Array, time: int) -> Batch:
        """The tapes of new words."""
        words = self.write(rng, lengths)
        spans = np.array([self.span(each) for each in range(lengths.max() + 1)])[lengths]
        place = np.broadcast_to(np.arange(time), (len(lengths), time))
        start, end = lengths[:, None], spans[:, None]
        tape = np.where(place < start, _at(words, place), np.where(place < end, self.symbols, 0))
        scored = (place >= start) & (place < end)
        return Batch.at(tape, np.where(scored, _at(self.read(words, lengths), place - start), 0), scored, spans)

    def solve(self, inputs: Array) -> Array:
        """Answers ``batch time``: what stands before the first blank is the word, which is not shorter than allowed."""
        lengths = (inputs == self.symbols).argmax(axis=1).clip(self.minimum_length)
        place = np.arange(inputs.shape[1]) - lengths[:, None]
        return _at(self.read(inputs[:, : lengths.max()], lengths), place)

    @property
    def class_balance(self) -> tuple[float, ...] | None:
        """From the odds of each length."""
        expected = self._expected(self.possible(self.small.length))
        return None if expected is None else tuple((expected.sum(axis=0) / expected.sum()).tolist())

    def memoryless(self, length: int) -> float | None:
        """The likeliest class at each time, in the test: the present input is a blank and says nothing."""
        expected = self._expected(self.possible(length, "test"))
        return None if expected is None else float(expected.max(axis=1).sum() / expected.sum())

    def _expected(self, lengths: Iterable[int]) -> Array | None:
        """How often each class is the answer at each time, ``time class``, over sequences of ``lengths``."""
        fitting = [self.fitting(length) for length in lengths]
        expected = np.zeros((self.span(max(fitting)), self._classes))
        for length in fitting:
            odds = self.odds(length)
            if odds is None:
                return None
            expected[length : self.span(length)] += odds
        return expected

    @property
    def _classes(self) -> int:
        assert isinstance(self.answer, Classes)
        return self.answer.count


def _at(words: Array, place: Array) -> Array:
    """``words[row, place[row]]``; where no such place is, anything."""
    return np.take_along_axis(words, place.clip(0, words.shape[1] - 1), axis=1)
