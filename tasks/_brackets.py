"""Words of brackets: opening ones are tokens 0..kinds - 1, each is closed by the token ``kinds`` greater."""

import functools

import numpy as np

from rnnbench.task import Array


def balanced_words(rng: np.random.Generator, lengths: Array, kinds: int, deepest: int) -> Array:
    """Balanced words ``batch time`` of exactly ``lengths``, which are even, never more than ``deepest`` open.

    A bracket opens if none is open; it closes if as many are open as steps remain, or ``deepest``; else a coin says.
    Its kind is uniform.
    """
    time = int(lengths.max())
    rows, depth = np.arange(len(lengths)), np.zeros(len(lengths), dtype=np.int64)
    words = np.zeros((len(lengths), time), dtype=np.int64)
    stack = np.zeros((len(lengths), time // 2 + 1), dtype=np.int64)
    coins, drawn = rng.random(words.shape) < 0.5, rng.integers(0, kinds, size=words.shape)
    for step in range(time):
        left = lengths - step
        opens = (depth == 0) | ((left > depth) & (depth < deepest) & coins[:, step])
        opens, closes = opens & (left > 0), ~opens & (left > 0)
        words[:, step] = np.where(opens, drawn[:, step], kinds + stack[rows, depth - 1])
        stack[rows[opens], depth[opens]] = drawn[opens, step]
        depth += opens.astype(np.int64) - closes
    return words


def balanced(words: Array, lengths: Array, kinds: int) -> Array:
    """Whether every bracket of the first ``lengths`` tokens is closed by its own kind, in order (``batch``)."""
    rows, depth = np.arange(len(words)), np.zeros(len(words), dtype=np.int64)
    stack = np.full((len(words), words.shape[1] + 1), -1)
    sound = np.ones(len(words), dtype=bool)
    for step in range(words.shape[1]):
        token, here = words[:, step], step < lengths
        opens, closes = here & (token < kinds), here & (token >= kinds)
        # Below the first level lies the last column, which is never reached: -1, and no bracket closes it.
        sound &= ~closes | (stack[rows, depth - 1] == token - kinds)
        stack[rows[opens], depth[opens]] = token[opens]
        depth = np.maximum(depth + opens - closes, 0)
    return np.asarray(sound & (depth == 0))


def exchanged(rng: np.random.Generator, words: Array, lengths: Array, kinds: int) -> Array:
    """Two tokens of each balanced word change places, drawn again until it is no longer balanced."""
    words, left = words.copy(), np.arange(len(words))
    while len(left):
        changed, ends = words[left], lengths[left]
        places = rng.integers(0, ends[:, None], size=(len(left), 2))
        swapped = np.take_along_axis(changed, places[:, ::-1], axis=1)
        np.put_along_axis(changed, places, swapped, axis=1)
        wrong = ~balanced(changed, ends, kinds)
        words[left[wrong]] = changed[wrong]
        left = left[~wrong]
    return words


def resampled(rng: np.random.Generator, words: Array, lengths: Array, kinds: int, share: float) -> Array:
    """A ``share`` of the tokens of each word, rounded down, is drawn anew from all brackets; some stay balanced."""
    beyond = np.arange(words.shape[1]) >= lengths[:, None]
    order = (rng.random(words.shape) + beyond).argsort(axis=1)  # a permutation of the places before each end
    count = (lengths * share).astype(np.int64)
    return np.where(order < count[:, None], rng.integers(0, 2 * kinds, size=words.shape), words)


@functools.cache
def still_balanced(length: int, deepest: int, count: int) -> float:
    """How often a word of one kind stays balanced when ``count`` of its places are drawn anew.

    Step by step, over how many brackets are open before the change, how many after it and how many places were drawn.
    """
    odds = np.zeros((deepest + 2, length // 2 + 2, count + 1))
    odds[0, 0, 0] = 1.0
    depth, used = np.arange(deepest + 2), np.arange(count + 1)
    for left in range(length, 0, -1):
        opens = np.where(depth == 0, 1.0, np.where((left > depth) & (depth < deepest), 0.5, 0.0))[:, None, None]
        anew, after = (count - used) / left, np.zeros_like(odds)
        for way, here in ((1, odds * opens), (-1, odds * (1 - opens))):
            drawn = np.roll(here * anew, 1, axis=2) / 2
            changed = np.roll(here * (1 - anew), way, axis=1) + np.roll(drawn, 1, axis=1) + np.roll(drawn, -1, axis=1)
            after += np.roll(changed, way, axis=0)
        after[:, -1] = 0.0  # none was open and one closed, or more are open than steps remain
        odds = after
    return float(odds[0, 0, count])
