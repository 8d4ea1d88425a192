"""Maps with their fixed points, bifurcations, and the spectrum along a sequence."""

from collections.abc import Sequence

import numpy as np

from rnnbench.explain.fixed_points import FixedPoint, basins
from rnnbench.explain.spectrum import Spectrum
from rnnbench.explain.state_map import StateMap
from rnnbench.report import canvas
from rnnbench.report.palette import FAINT, SERIES_COLOURS, looks
from rnnbench.report.svg import Figure, render

REACH, FINE = 1.5, 41
BLUE, RED = SERIES_COLOURS[0][0], SERIES_COLOURS[1][0]


def map_figure(moments: Sequence[tuple[str, StateMap, list[FixedPoint]]]) -> Figure:
    """S' against s with the diagonal, or where a plane of states goes, a panel for each moment."""
    one = moments[0][1].size == 1
    with canvas.panels(1, len(moments), 3.0) as (drawing, axes):
        for panel, (when, of, points) in zip(axes[0], moments, strict=True):
            (_curve if one else _flow)(panel, of, points)
            for point in points:
                x, y = (point.state[0], point.state[0]) if one else point.state
                colour, face = (BLUE, BLUE) if point.stable else (RED, "none")
                panel.plot(x, y, "o" if point.period == 1 else "D", color=colour, markerfacecolor=face, markersize=6)
            canvas.name_panel(panel, when)
            panel.set_xlim(-REACH, REACH)
            panel.set_ylim(-REACH, REACH)
        drawing.supxlabel("s" if one else "first number of the state", fontsize=8.5)
        drawing.supylabel("s'" if one else "second number", fontsize=8.5)
        svg = render(drawing, "map")
    caption = "Dots: fixed points; diamonds: cycles of two. Filled: stable; open: unstable." + (
        " Grey: the diagonal." if one else " Shaded: basins; lines: where states go in a step."
    )
    told = "; ".join(f"{when} {sum(p.stable for p in points)} stable of {len(points)}" for when, _, points in moments)
    return Figure("map", "The map of the state", caption, f"Map of the state: {told}.", svg)


def _curve(panel: object, of: StateMap, points: list[FixedPoint]) -> None:
    del points
    line = np.linspace(-REACH, REACH, 301)
    panel.plot(line, line, color=FAINT, linewidth=0.9)  # type: ignore[attr-defined]
    panel.plot(line, of(line[:, None])[:, 0], color=BLUE)  # type: ignore[attr-defined]


def _flow(panel: object, of: StateMap, points: list[FixedPoint]) -> None:
    line = np.linspace(-REACH, REACH, FINE)
    a, b = np.meshgrid(line, line)
    starts = np.stack([a.ravel(), b.ravel()], axis=1)
    ends = basins(of, points, starts).reshape(FINE, FINE)
    panel.pcolormesh(line, line, ends, cmap="Pastel1", vmin=-1, vmax=8, rasterized=True)  # type: ignore[attr-defined]
    few = starts.reshape(FINE, FINE, 2)[::6, ::6].reshape(-1, 2)
    moved = of(few)
    panel.plot([few[:, 0], moved[:, 0]], [few[:, 1], moved[:, 1]], color=FAINT, linewidth=0.7)  # type: ignore[attr-defined]
    panel.grid(visible=False)  # type: ignore[attr-defined]


def bifurcation_figure(along: str, values: Sequence[float], drawn: Sequence[tuple[float, FixedPoint]]) -> Figure:
    """The first number of every fixed point against a parameter."""
    with canvas.panels(1, 1, 2.6) as (drawing, axes):
        panel = axes[0][0]
        for stable, colour, name in ((False, RED, "unstable"), (True, BLUE, "stable")):
            chosen = [(value, point.state[0]) for value, point in drawn if point.stable == stable]
            if chosen:
                x, y = zip(*chosen, strict=True)
                panel.plot(x, y, ".", color=colour, markersize=4, label=name)
        panel.set_xlim(values[0], values[-1])
        panel.set_xlabel(along)
        panel.set_ylabel("state")
        panel.legend(loc="best", fontsize=canvas.SMALL)
        svg = render(drawing, "bifurcation")
    described = f"Fixed points along {along} from {values[0]:.3g} to {values[-1]:.3g}: {len(drawn)} points."
    return Figure(
        "bifurcation", f"Fixed points along {along}", "Of the trained model, cycles of two included.", described, svg
    )


def spectrum_figure(moments: Sequence[tuple[str, Spectrum]]) -> Figure:
    """The leading modulus at each step."""
    drawn = looks([when for when, _ in moments])
    with canvas.panels(1, 1, 2.2) as (drawing, axes):
        panel, ends = axes[0][0], {}
        panel.axhline(1.0, color=FAINT, dashes=(2, 2))
        for when, found in moments:
            look = drawn[when]
            panel.plot(1 + found.steps, found.radius, color=look.colour, linestyle=look.dash)
            ends[when] = (float(found.radius[-1]), look.colour)
        panel.set_ylim(bottom=0)
        panel.set_xlabel("step")
        panel.set_ylabel("leading modulus")
        canvas.label_ends(panel, ends, 2.0)
        svg = render(drawing, "spectrum")
    told = "; ".join(f"{when} {np.median(found.radius):.3g} in the median" for when, found in moments)
    caption = (
        "Modulus of the leading eigenvalue of ds'/ds, median over test sequences. Dashed: one, where nothing fades."
    )
    return Figure(
        "spectrum", "How much of the state a step keeps", caption, f"Line chart of the leading modulus: {told}.", svg
    )
