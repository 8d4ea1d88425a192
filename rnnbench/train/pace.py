"""How many updates go into one call of fused code: enough to outweigh the call, few enough to hear from it often."""

import time
from collections.abc import Iterator

FIRST = 32
"""Updates in the first call, whose time is not known yet."""
SHORT, LONG = 0.1, 0.4
"""Seconds. Twice as many updates follow a call that took less, half as many one that took more."""


class Pace:
    """Cuts updates into stretches by how long those before took, at most ``longest`` at a time.

    Where the cuts fall may differ from run to run, so no result may depend on them.
    """

    def __init__(self, longest: int | None = None) -> None:
        self._longest, self._count = longest, FIRST

    def stretches(self, updates: range) -> Iterator[range]:
        """``updates``, in turn; the time until the next one is asked for is that of the last."""
        start = updates.start
        while start < updates.stop:
            count = self._count if self._longest is None else min(self._count, self._longest)
            part = range(start, min(start + count, updates.stop))
            began = time.perf_counter()
            yield part
            took, start = time.perf_counter() - began, part.stop
            if took > LONG:
                self._count = max(self._count // 2, 1)
            elif took < SHORT and len(part) == self._count:
                self._count *= 2
