"""Sizes of memory as people write them."""

import math
import re

from rnnbench.errors import RnnbenchError
from rnnbench.words import received

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}


def parse_bytes(text: str | None) -> int | None:
    """``4GB``, ``512MiB`` or plain bytes. Raises RnnbenchError."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]i?|)b?", text.strip().lower())
    size = float(match[1]) * UNITS[match[2]] if match else 0.0
    if not 0 < size < math.inf:
        raise RnnbenchError(f"--memory takes a size such as 4GB or 512MiB, got {received(text)}.")
    return int(size)
