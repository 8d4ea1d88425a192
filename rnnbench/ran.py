"""Which kernel ran a trial, as a row of the store says it: ``numba``, or ``eager (mine is not lowered: ...)``."""

from typing import NamedTuple


class Ran(NamedTuple):
    """A kernel, and why it was no faster one."""

    name: str
    reason: str = ""
    """Empty if it did its best."""

    def __str__(self) -> str:
        return f"{self.name} ({self.reason})" if self.reason else self.name

    @classmethod
    def of(cls, text: str) -> "Ran":
        """What :meth:`__str__` wrote."""
        name, _, reason = text.partition(" (")
        return cls(name, reason.removesuffix(")"))
