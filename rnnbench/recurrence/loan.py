"""Memory that a pass over time leaves to the pass back, used again by the next update.

A new block this large is zeroed by the system, page by page as it is first written, which took longer than the pass.
"""

from contextlib import suppress

import torch
from torch import Tensor


class Loan:
    """``numbers``, which go back to the lender when nothing holds the loan any more."""

    def __init__(self, numbers: Tensor, free: list[Tensor]) -> None:
        self.numbers, self._free = numbers, free

    def __del__(self) -> None:
        """Nobody reads the numbers again: a graph may be gone back through as often as one likes while it is there."""
        self._free[:] = [self.numbers]  # one is enough for update after update


class Lender:
    """Lends memory again that came back, if it is enough."""

    def __init__(self) -> None:
        self._free: list[Tensor] = []

    def lend(self, count: int, dtype: torch.dtype) -> Loan:
        """At least ``count`` numbers of whatever value."""
        with suppress(IndexError):  # nothing is free
            numbers = self._free.pop()
            if len(numbers) >= count and numbers.dtype == dtype:
                return Loan(numbers, self._free)
        with torch.inference_mode(False):  # or it could not be written outside that mode
            return Loan(torch.empty(count, dtype=dtype), self._free)
