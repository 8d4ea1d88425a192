"""Signal, then noise, on one line: the inputs of ``two_sequence``."""

import numpy as np

from rnnbench.task import Array

VARIANCE = 0.2
"""Of Hochreiter & Schmidhuber's normal noise."""
HALF_WIDTH = 0.2
"""Bengio's noise is uniform within this."""


def signalled(rng: np.random.Generator, classes: Array, signals: int, noisy: bool, time: int) -> Array:
    """Signal ±1 by ``classes`` (``batch 1``), then normal noise, which also lies on the signal where ``noisy``."""
    signal = np.arange(time) < signals
    noise = rng.normal(0.0, VARIANCE**0.5, size=(len(classes), time))
    return np.where(signal, 2.0 * classes - 1.0, 0.0) + np.where(signal & (not noisy), 0.0, noise)


def keyed(rng: np.random.Generator, classes: Array, signals: int, lengths: Array, time: int) -> Array:
    """A beginning of the class's key, then zeros, under uniform noise; ``classes`` and ``lengths`` are ``batch 1``."""
    shown = np.minimum(rng.integers(1, signals + 1, size=lengths.shape), lengths - 1)
    key = np.zeros((2, time))
    key[:, :signals] = keys(signals)
    noise = rng.uniform(-HALF_WIDTH, HALF_WIDTH, size=(len(classes), time))
    return np.where(np.arange(time) < shown, key[classes[:, 0]], 0.0) + noise


def keys(signals: int) -> Array:
    """The first ``signals`` elements of both classes' keys, ``class element``: the same in every run."""
    return np.random.default_rng(1994).uniform(-1.0, 1.0, size=(signals, 2)).T
