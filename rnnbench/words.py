"""Numbers and values in sentences."""

import textwrap
from collections.abc import Iterable

LONGEST = 80
"""Letters of a value that a message repeats whole."""


def received(value: object) -> str:
    """A user's value as a message repeats it: truth as TOML has it, all else as :func:`brief`."""
    return str(value).lower() if isinstance(value, bool) else brief(value)


def brief(value: object) -> str:
    """``value`` as Python writes it, on one line, and shortened if it is long."""
    try:
        text = " ".join(line.strip() for line in repr(value).splitlines())
    except ValueError:  # Python writes no whole number of more than 4300 digits
        return "a number of thousands of digits"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 20]}... ({len(text):,} letters)"


def some(number: float, noun: str) -> str:
    """A whole number with its noun: ``1 trial``, ``2,500 trials``."""
    return f"{int(number):,} {noun}{'s' * (number != 1)}"


def size(number: float) -> str:
    """Bytes as a person says them: 37 GB, 1.2 TB."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:,.1f} TB"


def duration(seconds: float) -> str:
    """Seconds as a person says them: 40 s, 12 min, 3.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def wrapped(text: str, columns: int | None) -> list[str]:
    """Lines of at most ``columns``, broken between words and indented as before; as they are without a width."""
    if columns is None:
        return text.splitlines()
    made: list[str] = []
    for line in text.splitlines():
        wrapper = textwrap.TextWrapper(
            max(columns, 20),
            subsequent_indent=line[: len(line) - len(line.lstrip())],
            replace_whitespace=False,
            break_long_words=False,
            break_on_hyphens=False,
        )
        made += wrapper.wrap(line) or [""]
    return made


def shapes(parts: Iterable[object]) -> str:
    """The shapes of tensors, ``(4, 3) and (4, 1)``; what is none by its type."""
    return " and ".join(str(tuple(getattr(part, "shape", (type(part).__name__,)))) for part in parts)


def returned(made: object) -> str:
    """What came in place of a pair: ``3 values``, ``one Tensor``."""
    return f"{len(made)} values" if isinstance(made, tuple | list) else f"one {type(made).__name__}"
