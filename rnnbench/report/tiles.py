"""A tile for every share: full where all is solved, empty where nothing is."""

from collections.abc import Sequence
from typing import Any

from rnnbench.report.labels import percent
from rnnbench.report.palette import FAINT, INK, SERIES_COLOURS
from rnnbench.stats.proportion import Proportion

FULL = 0.6
"""How opaque a tile is whose repeats are all solved: what is written on it stays readable."""
HEIGHT = 0.21
"""Inches of a row."""
LETTER = 0.062
"""Inches of one in a label, about."""
MOST_LETTERS = 40
"""Longer names leave no room for tiles, and a table says it."""
CAPTION = "Share of repeats that are solved: a full tile all, an empty one none, between them the share in per cent."


def draw_tiles(axes: Any, rows: Sequence[Sequence[Proportion | None]], labels: Sequence[str]) -> None:
    """Draw ``rows`` of shares, from above, a column for each of ``labels``; None leaves a gap."""
    axes.grid(visible=False)
    for row, shares in enumerate(rows):
        for column, share in enumerate(shares):
            if share is not None:
                _tile(axes, row, column, share.rate)
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xticks(range(len(labels)), labels, rotation=90 if _crowded(axes, labels) else 0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _crowded(axes: Any, labels: Sequence[str]) -> bool:
    """Whether labels side by side, with a letter between them, take most of the width."""
    inches = LETTER * sum(len(label) + 1 for label in labels)
    return inches > 0.8 * float(axes.get_position().width * axes.figure.get_figwidth())


def _tile(axes: Any, row: int, column: int, rate: float) -> None:
    from matplotlib.patches import Rectangle

    corner, size = (column - 0.46, row - 0.42), (0.92, 0.84)
    axes.add_patch(Rectangle(corner, *size, facecolor=SERIES_COLOURS[0][0], alpha=FULL * rate, linewidth=0))
    axes.add_patch(Rectangle(corner, *size, fill=False, edgecolor=FAINT, linewidth=0.5))
    if 0 < rate < 1:
        axes.text(column, row, percent(rate), ha="center", va="center", fontsize=6, color=INK)
