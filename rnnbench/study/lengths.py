"""Lengths as a user writes them."""

from rnnbench.errors import RnnbenchError
from rnnbench.protocol import MOST
from rnnbench.words import received

MOST_LENGTHS = 100_000
"""A range beyond is a slip of the keyboard."""


def expand_lengths(text: str) -> list[int]:
    """``50`` or ``10:200:10`` (first, last included, step). Raises RnnbenchError."""
    try:
        parts = [int(part) for part in text.split(":")]
    except ValueError:
        parts = []
    if len(parts) == 1:
        parts = [parts[0], parts[0], 1]
    if len(parts) != 3 or parts[2] < 1 or parts[1] < parts[0]:
        raise RnnbenchError(f"a length is a number or first:last:step such as 10:200:10, got {received(text)}.")
    first, last, step = parts
    if first < 1:
        raise RnnbenchError(f"lengths must be at least 1, got {first}.")
    if last > MOST:
        raise RnnbenchError(f"lengths must be at most {MOST:,}, got {received(text)}.")
    if (last - first) // step >= MOST_LENGTHS:
        raise RnnbenchError(f"a range of lengths has at most {MOST_LENGTHS:,}, got {text!r}: choose a larger step.")
    return list(range(first, last + 1, step))
