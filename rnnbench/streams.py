"""Every stream of random numbers, each named by what it is for. Nothing else in rnnbench makes a generator.

Streams are keyed by content, not by order of use: the same key gives the same numbers in any process, population or
order of work. Data streams never contain the cell, so that cells meet the same data.
"""

import hashlib

import numpy as np

BLOCK = 1024
"""Sequences in one block of a fresh stream: blocks do not depend on batch, interval or population."""
DRAWN = 2 * BLOCK
"""Sequences of a fresh stream that are trained on at a time, at most: each member of a tile has its own."""


def stream(purpose: str, *key: object) -> np.random.Generator:
    """The generator for ``purpose`` (data, split, fresh, validation, test, order, init) and ``key``."""
    text = "\x1f".join([purpose, *map(str, key)])
    return np.random.default_rng(np.frombuffer(hashlib.sha256(text.encode()).digest(), "<u4", count=4))
