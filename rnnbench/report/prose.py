"""Text of strangers made harmless in either format; backticks mark code in both."""

import re

from markupsafe import Markup, escape

from rnnbench.report.labels import one_line

_CODE = re.compile(r"`([^`\n]+)`")
# an underscore inside a word marks nothing in Markdown and is left readable
_SPECIAL = re.compile(r"[\\`*\[\]|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def html_prose(text: str) -> Markup:
    """Escape ``text`` for HTML and set what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def markdown_prose(text: str) -> Markup:
    """Escape ``text`` for Markdown, except for what stands between backticks."""
    parts = _CODE.split(one_line(text))
    return Markup("".join(f"`{part}`" if place % 2 else _plain(part) for place, part in enumerate(parts)))


def markdown_cell(text: str) -> Markup:
    """Escape ``text`` for Markdown altogether, on one line."""
    return Markup(_plain(one_line(text)))


def markdown_code(text: str) -> Markup:
    """Fence ``text``, with a fence longer than any it contains."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markup(f"{fence}sh\n{text}\n{fence}")


def _plain(text: str) -> str:
    entities = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(lambda found: "\\" + found.group(), entities)
