"""The user's mistakes. Every message gives the rule, the value received and the way out, on one line."""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class RnnbenchError(Exception):
    """Something the user can mend: printed on one line, exit code 2, no traceback."""


COMPARED, LISTED, FEW = 2000, 60, 8
"""Names that are compared with a misspelt one, that are listed all, and that are listed where there are more."""


class UnknownName(RnnbenchError):
    """A name that is not registered; carries the closest match, or else ``elsewhere``, and the whole list."""

    def __init__(self, kind: str, name: str, known: Iterable[str], elsewhere: str = "") -> None:
        names = sorted(set(known))
        near = difflib.get_close_matches(name, names[:COMPARED], n=1)
        hint = f" Did you mean {near[0]!r}?" if near else f" {elsewhere}" if elsewhere else ""
        shown = names if len(names) <= LISTED else names[:FEW]
        more = f" and {len(names) - FEW:,} more" if len(names) > LISTED else ""
        listed = f"Known {_plural(kind)}: {', '.join(shown)}{more}." if names else f"There are no {_plural(kind)}."
        super().__init__(f"unknown {kind} {name!r}.{hint} {listed}")


class MissingData(RnnbenchError):
    """Data that the user must bring or install; names what is missing and where it was sought."""


class PluginError(RnnbenchError):
    """A task, cell or optimiser that breaks its contract; names the plug-in and the rule."""


STRANGE = (Exception, SystemExit)
"""What a stranger's code may raise: ``sys.exit`` in a plug-in ends the plug-in, not the program."""


@contextmanager
def guarded(said: str) -> Iterator[None]:
    """Whatever a stranger's code raises becomes one line, ``said`` before it; our own errors and Ctrl-C go on."""
    try:
        yield
    except (RnnbenchError, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        raise PluginError(f"{said} {in_words(error)}") from None


def in_words(error: BaseException) -> str:
    """Its type and the first line of its text."""
    first = first_line(error)
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def first_line(error: BaseException) -> str:
    """Of its text; empty if there is none."""
    return (str(error).splitlines() or [""])[0]


class StoreError(RnnbenchError):
    """A store that cannot be read or written; names the file and the way out."""


def _plural(kind: str) -> str:
    head, _, rest = kind.partition(" ")
    plural = head[:-1] + "ies" if head.endswith("y") else head + "s"
    return f"{plural} {rest}".strip()
