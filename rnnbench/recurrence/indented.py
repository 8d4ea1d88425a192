"""Lines of generated source, moved in and without the notes above them."""

from collections.abc import Iterable, Iterator
from itertools import dropwhile


def indented(level: int, lines: Iterable[str]) -> str:
    """``lines`` as they stand inside ``level`` blocks of Python."""
    return "\n".join("    " * level + line for line in lines)


def without_notes(lines: Iterable[str]) -> Iterator[str]:
    """The ``lines`` below the comment that they begin with."""
    return dropwhile(lambda line: line.startswith("#"), lines)
