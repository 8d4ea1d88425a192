"""Uniform symbols, and an answer so far: wanted at every symbol, or at a blank after the last."""

import numpy as np

from rnnbench.task import Array


def running(
    rng: np.random.Generator, lengths: Array, time: int, symbols: int, *, every_step: bool
) -> tuple[Array, Array, Array]:
    """Tokens ``batch time``, where an answer is wanted (``batch time``) and the steps of each sequence (``batch``).

    Each of ``lengths`` is a number of symbols; token ``symbols`` is the blank, 0 pads to ``time`` steps.
    """
    place, end = np.arange(time), lengths[:, None]
    drawn = rng.integers(0, symbols, size=(len(lengths), time))
    if every_step:
        return np.where(place < end, drawn, 0), place < end, lengths
    return np.where(place < end, drawn, np.where(place == end, symbols, 0)), place == end, lengths + 1
