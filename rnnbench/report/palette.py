"""The colours of all figures: a cell has the same one everywhere, on white and on black."""

from collections.abc import Iterable
from dataclasses import dataclass

SERIES_COLOURS = (
    ("#0070b8", "#6bb6f0"),  # blue
    ("#c24a00", "#f7924f"),  # vermilion
    ("#00795a", "#3fcf9f"),  # green
    ("#7a1c63", "#ec4fb6"),  # purple
    ("#54461a", "#f3e016"),  # olive, yellow
    ("#111111", "#f4f4f4"),  # black, white
)
"""After Okabe and Ito, moved until names in them can be read and protanopes and deuteranopes tell them apart.

Each has its twin for a dark ground; tests measure both.
"""

INK = "#262626"
MUTED = "#6b6b6b"
FAINT = "#b4b4b4"
RULE = "#e2e2e2"

MARKERS = ("o", "s", "^", "D", "v", "P")
DASHES = ("solid", "dashed", "dashdot", "dotted")


@dataclass(frozen=True)
class Look:
    """How one cell is drawn: colour and marker tell the same, for those who do not see the one."""

    colour: str
    marker: str
    dash: str


def looks(cells: Iterable[str]) -> dict[str, Look]:
    """Give each cell its look. Past six cells colours come again with another dash."""
    count = len(SERIES_COLOURS)
    return {
        cell: Look(SERIES_COLOURS[place % count][0], MARKERS[place % count], DASHES[place // count % len(DASHES)])
        for place, cell in enumerate(dict.fromkeys(cells))
    }


def variables() -> dict[str, tuple[str, str, str]]:
    """Name a CSS variable for each colour of the figures: colour to (variable, on white, on black)."""
    named = {light: (f"--series-{place}", light, dark) for place, (light, dark) in enumerate(SERIES_COLOURS)}
    return named | {
        MUTED: ("--muted", MUTED, "#a3a3a3"),
        FAINT: ("--faint", FAINT, "#5f5f5f"),
        RULE: ("--rule", RULE, "#2d3035"),
    }
