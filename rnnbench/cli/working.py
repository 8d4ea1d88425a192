"""A line that says what is being done while it takes long, on a terminal; nothing anywhere else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def working(text: str) -> Iterator[Callable[[str], None]]:
    """Show ``text``, and then whatever the function given is told, until the block ends."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, emoji=False)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status(escape(text)) as status:
        yield lambda told: status.update(escape(told))
