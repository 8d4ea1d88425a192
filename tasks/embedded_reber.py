"""Embedded Reber grammar: Experiment 1 of the LSTM paper."""

from dataclasses import dataclass

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Small, Task, Tokens

B, T, P, S, X, V, E = range(7)
SYMBOLS = np.array([[T, P], [S, X], [T, V], [X, S], [P, V], [E, E], [0, 0]])
NEXT = np.array([[1, 2], [1, 3], [2, 4], [2, 5], [3, 5], [6, 6], [6, 6]])
"""The two edges of each state of Reber's automaton after its B: what they say, where they lead. State 6 is the end."""


@TASKS.register("embedded_reber")
@dataclass(frozen=True, kw_only=True)
class EmbeddedReber(Task):
    """Which of T and P came second? It comes again after an inner string of random length.

    Strings are B (T|P) R (T|P) E, the two equal, where R is a Reber string: B, then a path of the automaton

        0: T to 1, P to 2     1: S to 1, X to 3     2: T to 2, V to 4
        3: X to 2, S to 5     4: P to 3, V to 5     5: E, the end

    with probability 1/2 for either edge. Tokens are B, T, P, S, X, V, E in this order. Fed is all but the last two
    symbols; at the last step, the inner E, class 0 says that T comes next, class 1 P::

        input    B P B T X S E        target   . . . . . . 1       (the string B P B T X S E P E)

    ``length`` is the most steps fed: strings come with the grammar's probabilities, given that they fit. The grammar
    itself knows no bound; 7 % of strings need more than 15 steps, 0.4 % more than 24, 0.003 % more than 40.

    The paper asks for every next symbol and accepts any legal one. At most steps two are legal; a target is one class,
    so only the step whose answer needs the long memory is scored. Its fixed sets of 256 strings are not copied.
    """

    source = "Hochreiter & Schmidhuber 1997, Experiment 1; Cleeremans et al. 1989"
    kind = "formal language"
    minimum_length = 7
    small = Small(length=10)

    @property
    def inputs(self) -> Tokens:
        """Seven symbols."""
        return Tokens(7)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time``; one class a sequence at its last step."""
        classes, state = rng.integers(0, 2, size=batch), np.zeros(batch, dtype=np.int64)
        tokens = np.zeros((batch, length), dtype=np.int64)
        tokens[:, 0], tokens[:, 1], tokens[:, 2] = B, np.where(classes, P, T), B
        ends, fits = np.full(batch, 2), _fits(length - 3)
        for step in range(3, length):
            left = length - step
            second = rng.random(batch) * 2 * fits[left, state] >= fits[left - 1, NEXT[state, 0]]
            ends[state < 6] = step
            tokens[:, step] = SYMBOLS[state, second.astype(np.int64)]
            state = NEXT[state, second.astype(np.int64)]
        last = np.arange(length) == ends[:, None]
        return Batch.at(tokens, np.where(last, classes[:, None], 0), last, ends + 1)

    def solve(self, inputs: Array) -> Array:
        """Whether the second symbol is P."""
        return np.asarray(inputs[:, 1] == P)

    def memoryless(self, length: int) -> float:
        """The inner E tells nothing."""
        return self.chance


def _fits(most: int) -> Array:
    """Probability of reaching the end from each state within so many symbols, ``symbols state``."""
    fits = np.zeros((most + 1, 7))
    fits[:, 6] = 1.0
    for left in range(1, most + 1):
        fits[left] = fits[left - 1, NEXT].mean(axis=1)
    return fits
