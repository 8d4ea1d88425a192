"""Lines of generated source, moved in."""

from collections.abc import Iterable


def indented(level: int, lines: Iterable[str]) -> str:
    """``lines`` as they stand inside ``level`` blocks of Python."""
    return "\n".join("    " * level + line for line in lines)
