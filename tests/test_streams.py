"""Streams of random numbers are what they were when results were stored."""

import hashlib

import numpy as np

from rnnbench.streams import stream


def test_a_stream_is_seeded_by_128_bits_of_its_key() -> None:
    """As numpy's generator is by one large number."""
    for seed in range(300):
        digest = hashlib.sha256(f"order\x1flatching\x1f{seed}".encode()).digest()
        theirs = np.random.default_rng(int.from_bytes(digest[:16], "little"))
        assert stream("order", "latching", seed).bit_generator.state == theirs.bit_generator.state


def test_numbers_of_a_stream() -> None:
    """Written down once: no version of numpy or Python may change them."""
    assert stream("data", "latching", 7).integers(0, 1000, size=5).tolist() == [762, 404, 380, 865, 760]
