"""Modular arithmetic on tapes of tokens: how bracketed expressions are drawn, what expressions are worth.

With modulus m, tokens 0..m-1 are digits, then come + - * ( ).
"""

import numpy as np

from rnnbench.task import Array

PLUS, MINUS, TIMES, OPEN, CLOSE = range(5)
"""Added to the modulus, the tokens that are not digits."""


def bracketed(rng: np.random.Generator, lengths: Array, modulus: int) -> Array:
    """Random expressions ``batch time`` of exactly ``lengths`` tokens.

    Those of 1, 2, 3 and 4 tokens are d, -d, (d) and (-d); a longer one is (left operator right), the left part of 1 to
    ``length - 4`` tokens, uniform. All parts of all expressions at the same depth are drawn at once.
    """
    tape = np.zeros((len(lengths), lengths.max()), dtype=np.int64)
    rows, start, size = np.arange(len(lengths)), np.zeros_like(lengths), lengths
    while len(rows):
        in_brackets = size >= 3
        end = start + size - 1
        tape[rows[in_brackets], start[in_brackets]] = modulus + OPEN
        tape[rows[in_brackets], end[in_brackets]] = modulus + CLOSE
        negative, short = (size == 2) | (size == 4), size <= 4
        tape[rows[negative], (start + in_brackets)[negative]] = modulus + MINUS
        tape[rows[short], (end - in_brackets)[short]] = rng.integers(0, modulus, size=short.sum())
        rows, start, size = rows[~short], start[~short], size[~short]
        left = rng.integers(1, size - 3)
        tape[rows, start + 1 + left] = modulus + rng.integers(0, 3, size=len(rows))
        rows, start = np.tile(rows, 2), np.concatenate([start + 1, start + 2 + left])
        size = np.concatenate([left, size - 3 - left])
    return tape


def value(words: Array, lengths: Array, modulus: int) -> Array:
    """What each expression is worth (``batch``): the first ``lengths`` tokens, products before sums.

    Every open bracket has a level: the sum of its finished terms, the term in hand, the operator before what comes.
    """
    kinds = np.where(np.arange(words.shape[1]) < lengths[:, None], words - modulus, CLOSE + 1)
    levels = (len(words), 1 + int((kinds == OPEN).sum(axis=1).max()))
    total, term, pending = (np.zeros(levels, dtype=np.int64) for _ in range(3))
    depth, sign, after_operand = np.zeros((3, len(words)), dtype=np.int64)
    for kind in kinds.T:
        digit, opens, closes = kind < 0, kind == OPEN, kind == CLOSE
        negates = (kind == MINUS) & (after_operand == 0)
        level = np.arange(len(words)), depth
        operand = np.where(closes, total[level] + term[level], np.where(sign, -kind - modulus, kind + modulus))
        depth = depth + opens - closes
        level = np.arange(len(words)), depth
        operator, before = pending[level], total[level] + term[level]
        given, multiplies = digit | closes, pending[level] == TIMES
        total[level] = np.where(given & ~multiplies, before % modulus, total[level]) * ~opens
        taken = np.where(multiplies, term[level] * operand, np.where(operator == MINUS, -operand, operand))
        term[level] = np.where(given, taken % modulus, term[level]) * ~opens
        binary = (kind >= PLUS) & (kind <= TIMES) & ~negates
        pending[level] = np.where(binary, kind, np.where(opens, PLUS, operator))
        sign, after_operand = np.where(negates, 1, sign * ~digit), given
    return np.asarray((total + term)[:, 0] % modulus)
