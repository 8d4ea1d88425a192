"""What all figures share: size, type, axes and labels beside the lines."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnbench.report.palette import FAINT, INK, MUTED, RULE

Places = NDArray[np.float64]
WIDTH = 7.2
"""Inches: the text width of a paper."""
SMALL = 7.5
RC: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.titlesize": 9.0,
    "axes.labelsize": 8.5,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "ytick.major.size": 0.0,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "rnnbench",
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.05,
    "figure.constrained_layout.hspace": 0.06,
    "figure.constrained_layout.wspace": 0.04,
}


@contextmanager
def panels(rows: int, columns: int, height: float, width: float = WIDTH) -> Iterator[tuple[Any, Any]]:
    """Give a figure and its axes (``row column``), all with the same scales, in the report's style."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(RC):
        figure = Figure(figsize=(width, rows * height + 0.35))
        yield figure, figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)


def name_panel(axes: Any, text: str, colour: str = INK, *, characters: int = 60) -> None:
    """Write the panel's name above it, at the left, in lines of at most ``characters``."""
    lines = textwrap.wrap(text, characters)
    axes.set_title("\n".join(lines), loc="left", color=colour, fontweight="bold", fontsize=9 if len(lines) < 2 else 7.5)


def length_axis(axes: Any, lengths: Sequence[int]) -> None:
    """Scale the horizontal axis so that tested lengths stand apart, and mark them where there is room."""
    from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, ScalarFormatter

    tested = np.array(sorted(set(lengths)), dtype=float)
    if _evenness(np.log(tested)) > 1.5 * _evenness(tested):
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.set_xlim(*_with_margins(tested, logarithmic=axes.get_xscale() == "log"))
    few = len(tested) <= 6
    axes.xaxis.set_major_locator(FixedLocator(tested.tolist()) if few else MaxNLocator(6, integer=True))


def _with_margins(tested: Places, *, logarithmic: bool) -> tuple[float, float]:
    """Widen the range by a twentieth on both sides; by hand, since lines moved aside do not count in autoscaling."""
    ends = np.array([tested[0], tested[-1]])
    ends = np.log(ends) if logarithmic else ends
    margin = 0.05 * np.ptp(ends) or 1.0
    low, high = ends + np.array([-margin, margin])
    return (float(np.exp(low)), float(np.exp(high))) if logarithmic else (float(low), float(high))


def _evenness(places: Places) -> float:
    """Compare the smallest gap with the whole range: the larger, the better the places stand apart."""
    return float(np.diff(places).min() / np.ptp(places)) if len(places) > 1 else 1.0


def value_axis(axes: Any, metric: str | None, values: Sequence[float]) -> None:
    """Show the whole range of an accuracy; an error from 0, or by powers of ten when it spans many."""
    if metric != "mse":
        axes.set_ylim(-0.03, 1.03)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])
        return
    positive = [value for value in values if value > 0]
    if len(positive) == len(values) and positive and max(positive) > 30 * min(positive):
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)


def level_line(axes: Any, levels: Mapping[int, float | None], name: str = "") -> None:
    """Draw what some answer scores by length, across the axes where it is one number; ``name`` stands beside them."""
    known = {length: level for length, level in levels.items() if level is not None and not np.isnan(level)}
    if not known:
        return
    look = {"color": MUTED, "linewidth": 0.9, "dashes": (2, 2), "zorder": 1.5}
    last = known[max(known)]
    if len({*known.values()}) == 1:
        axes.axhline(last, **look)
    else:
        axes.plot([*known], [*known.values()], **look)
    if name:
        place = {"xy": (1, last), "xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
        style = {"va": "center", "color": MUTED, "fontsize": SMALL, "annotation_clip": False}
        axes.annotate(name, **place, xytext=(4, 0), **style)


def label_ends(axes: Any, ends: Mapping[str, tuple[float, str]], height: float) -> None:
    """Write names (to value and colour) beside the axes where their lines end, moved apart where they would touch.

    ``height`` is about the axes' height in inches. Names that cannot fit become a legend.
    """
    gap = 1.35 * SMALL / 72 / height
    if len(ends) * gap > 1.1:
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=SMALL)
        return
    ordered = sorted(ends.items(), key=lambda item: (item[1][0], item[0]))
    to_axes = axes.transData + axes.transAxes.inverted()  # whatever the scale
    wanted = [float(to_axes.transform((axes.get_xlim()[0], value))[1]) for _, (value, _) in ordered]
    for (name, (_, colour)), place in zip(ordered, spread(wanted, gap), strict=True):
        axes.annotate(
            name, xy=(1, place), xycoords="axes fraction", xytext=(5, 0), textcoords="offset points",
            va="center", color=colour, fontsize=SMALL, fontweight="bold", annotation_clip=False,
        )  # fmt: skip


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Move sorted places as little as needed to be ``gap`` apart: groups that touch share their mean."""
    groups: list[list[float]] = []
    for place in wanted:
        groups.append([place])
        while len(groups) > 1 and _bottom(groups[-1], gap) < _bottom(groups[-2], gap) + gap * len(groups[-2]):
            last = groups.pop()
            groups[-1].extend(last)
    return [_bottom(group, gap) + gap * place for group in groups for place in range(len(group))]


def _bottom(group: list[float], gap: float) -> float:
    return sum(group) / len(group) - gap * (len(group) - 1) / 2
