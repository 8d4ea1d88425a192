"""Figures as SVG: one form for files, one for inside the page."""

import html
import io
import re
from dataclasses import dataclass
from typing import Any

from rnnbench.report.canvas import WIDTH
from rnnbench.report.palette import INK, variables

FONT = "system-ui, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Figure:
    """One figure of the report."""

    name: str
    """File name without suffix, and prefix of every id."""
    title: str
    caption: str
    description: str
    """What is to be seen, for who cannot see it."""
    svg: str
    """Without prolog and fixed size, on a transparent ground."""

    def file(self) -> str:
        """Give the figure on white, as a file of its own."""
        return f'<?xml version="1.0" encoding="utf-8"?>\n{_open(self, "#ffffff")}\n'

    def inline(self) -> str:
        """Give the figure for inside the page: colours follow the reader's scheme."""
        text = _open(self, None)
        # type has one size in all figures: an inch of drawing is as wide in each
        points = re.search(r'width="([\d.]+)pt"', text)
        inches = float(points.group(1)) / 72 if points else WIDTH
        text = text.replace("<svg", f'<svg style="max-width: {inches / WIDTH:.0%}"', 1)
        for colour, (variable, _, _) in variables().items():
            text = text.replace(colour, f"var({variable})")
        return text.replace(INK, "currentColor")


def _open(figure: Figure, ground: str | None) -> str:
    head, end, rest = figure.svg.partition(">")
    attributes = f'role="img" aria-label="{html.escape(figure.description)}"'
    rect = f'\n <rect width="100%" height="100%" fill="{ground}"/>' if ground else ""
    return f"{head} {attributes}{end}{rect}{rest}"


def render(drawing: Any, name: str) -> str:
    """Save a matplotlib figure as SVG text with ids that start with ``name``."""
    buffer = io.StringIO()
    drawing.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :].rstrip()
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    text = re.sub(r'xlink:href="#([^"]+)"', rf'xlink:href="#{name}-\1"', text)
    # measured with DejaVu, which is wider than what the page shows, so that labels never run into each other
    text = re.sub(r"(\d+px) (?:'[^']+'|[\w-]+)(?:, (?:'[^']+'|[\w-]+))*", rf"\1 {FONT}", text)
    return "\n".join(line.rstrip() for line in text.splitlines())
