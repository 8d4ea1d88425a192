"""Text of strangers made harmless in either format; backticks mark code in both, and addresses are links."""

import re

from markupsafe import Markup, escape

from rnnbench.report.labels import one_line

_CODE = re.compile(r"`([^`\n]+)`")
_ADDRESS = re.compile(r"https?://(?:[A-Za-z0-9./_~?=%#+-]|&amp;)*[A-Za-z0-9/]")
# an underscore inside a word marks nothing in Markdown and is left readable
_SPECIAL = re.compile(r"[\\`*\[\]|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def html_prose(text: str) -> Markup:
    """Escape ``text`` for HTML, set what stands between backticks as code and link addresses outside it."""
    parts = _CODE.split(str(escape(text)))
    return Markup("".join(f"<code>{part}</code>" if place % 2 else _linked(part) for place, part in enumerate(parts)))


def html_cell(text: str) -> Markup:
    """Escape ``text`` for HTML; a line may break after the comma of a name's parameters, but not within an interval."""
    breakable = re.sub(r",(?=[a-z_])", ",<wbr>", str(escape(text)))
    return Markup(re.sub(r"(\.\d+) to (-?\d+\.)", r"\1&nbsp;to&nbsp;\2", breakable))


def markdown_prose(text: str) -> Markup:
    """Escape ``text`` for Markdown, except for what stands between backticks."""
    parts = _CODE.split(one_line(text))
    return Markup("".join(f"`{part}`" if place % 2 else _plain(part) for place, part in enumerate(parts)))


def markdown_cell(text: str) -> Markup:
    """Escape ``text`` for Markdown altogether, on one line."""
    return Markup(_plain(one_line(text)))


def markdown_code(text: str, language: str = "sh") -> Markup:
    """Fence ``text``, with a fence longer than any it contains."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markup(f"{fence}{language}\n{text}\n{fence}")


def _linked(escaped: str) -> str:
    return _ADDRESS.sub(lambda found: f'<a href="{found.group()}">{found.group()}</a>', escaped)


def _plain(text: str) -> str:
    entities = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(lambda found: "\\" + found.group(), entities)
