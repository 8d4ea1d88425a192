"""Modular arithmetic: the value of an expression, with products before sums or with brackets."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Classes, Small

from ._expressions import bracketed, value
from ._tape import Tape


@TASKS.register("modular_arithmetic")
@dataclass(frozen=True, kw_only=True)
class ModularArithmetic(Tape):
    """What is the value of an arithmetic expression, modulo five?

    Digits are tokens 0..``modulus - 1``; then come + - * and, with ``brackets``, ( and ); then the blank, at which the
    value is wanted. Digits and operators are uniform. Without brackets they alternate, an even ``length`` is lowered by
    one, and products go before sums: 2 - 3 * 4 is 0 modulo 5, and 1 + 1 is 2::

        input   2 6 3 7 4 8    target  . . . . . 0
        input   1 5 1 8        target  . . . 2

    With ``brackets`` an expression of 1, 2, 3 or 4 tokens is d, -d, (d) or (-d) and a longer one is (left operator
    right), the left part of 1 to ``length - 4`` tokens, uniform.

    ``simple`` and ``brackets`` train on lengths 1..``length`` (published: 40) and test at 100; the paper averages over
    41..500. Products favour 0: what guessing the likeliest value earns is in ``memoryless``.
    """

    source = "Delétang et al. 2023, Modular Arithmetic"
    kind = "formal language"
    guessing = "1/5"
    presets = {
        "simple": {"lengths": "uniform", "test_length": 100},
        "brackets": {"brackets": True, "lengths": "uniform", "test_length": 100},
    }
    small = Small(length=3, parameters={"modulus": 3})

    brackets: bool = False
    modulus: Annotated[int, Field(ge=2, le=100)] = 5

    @property
    def symbols(self) -> int:
        """Digits, operators, brackets."""
        return self.modulus + (5 if self.brackets else 3)

    @property
    def answer(self) -> Classes:
        """The digits."""
        return Classes(self.modulus)

    def fitting(self, length: int) -> int:
        """Odd without brackets."""
        return length if self.brackets or length % 2 else length - 1

    def write(self, rng: np.random.Generator, lengths: Array) -> Array:
        """New expressions."""
        if self.brackets:
            return bracketed(rng, lengths, self.modulus)
        shape = (len(lengths), lengths.max())
        operators = self.modulus + rng.integers(0, 3, size=shape)
        return np.where(np.arange(shape[1]) % 2, operators, rng.integers(0, self.modulus, size=shape))

    def read(self, words: Array, lengths: Array) -> Array:
        """Their values."""
        return value(words, lengths, self.modulus)[:, None]

    def odds(self, length: int) -> Array:
        """By recursion on the length."""
        return (_odds_with_brackets if self.brackets else _odds_without)(length, self.modulus)[None]


def _odds_without(length: int, modulus: int) -> Array:
    """How often each value occurs, from how often each pair of (sum of finished terms, term in hand) does."""
    added, multiplied = _of(np.add, modulus), _of(np.multiply, modulus).mean(axis=1)
    pairs = np.zeros((modulus, modulus))
    pairs[0] = 1 / modulus
    for _ in range(length // 2):
        finished = np.einsum("ab,abc->c", pairs, added)
        pairs = 2 / 3 * finished[:, None] / modulus + 1 / 3 * pairs @ multiplied
    return np.asarray(np.einsum("ab,abc->c", pairs, added))


def _odds_with_brackets(length: int, modulus: int) -> Array:
    """How often each value occurs: that of a digit up to four tokens, else from all ways to share the tokens out."""
    combined = sum(_of(each, modulus) for each in (np.add, np.subtract, np.multiply)) / 3
    odds = np.full((max(length, 4) + 1, modulus), 1 / modulus)
    for size in range(5, length + 1):
        left = np.arange(1, size - 3)
        odds[size] = np.einsum("ab,abc->c", odds[left].T @ odds[size - 3 - left] / len(left), combined)
    return np.asarray(odds[length])


def _of(operation: np.ufunc, modulus: int) -> Array:
    """1 where ``operation`` makes the third of the first and the second digit: ``left right value``."""
    return np.asarray(np.eye(modulus)[operation.outer(np.arange(modulus), np.arange(modulus)) % modulus])
