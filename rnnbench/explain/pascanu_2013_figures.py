"""The figures of the page on Pascanu et al. 2013."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnbench.explain.pascanu_2013_reference import BIASES, WEIGHTS
from rnnbench.explain.wall import Floats, Wall, error
from rnnbench.report import canvas
from rnnbench.report.palette import MUTED, SERIES_COLOURS, looks
from rnnbench.report.svg import Figure, render

WALL = SERIES_COLOURS[1][0]
TOP = 0.5
"""End of the error's scale: (σ(x) - 0.7)² can reach 0.49."""


def surface_figure(walls: Sequence[Wall], points: int) -> Figure:
    """The original's view: the surface in three dimensions, at T = 50, with ``walls`` over the range of w."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Drawing

    name = "fig6-surface"
    w, b = along_the_wall(walls, points)
    errors = error(w, b, 50)
    with mpl.rc_context(canvas.RC):
        drawing = Drawing(figsize=(5.6, 3.9), dpi=150)
        axes: Any = drawing.add_subplot(projection="3d")
        axes.plot_surface(w, b, errors, cmap="viridis", rstride=2, cstride=1, rasterized=True, linewidth=0)
        axes.view_init(elev=28, azim=38)
        axes.set(xlabel="w", ylabel="b", zlabel="error", xlim=WEIGHTS, ylim=BIASES, zlim=(0, 0.42))
        axes.set_box_aspect((1, 1, 0.6), zoom=0.88)
        for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
            axis.set_pane_color((0, 0, 0, 0))
        svg = render(drawing, name)
    return Figure(
        name,
        "The error surface, T = 50",
        "The original's Fig. 6 again, seen from the valley. The grid that is drawn follows the wall.",
        f"A surface over w and b: a low valley and, towards lower b, a cliff up to a plateau of {errors.max():.2f}.",
        svg,
    )


def maps_figure(lengths: Sequence[int], walls: dict[int, list[Wall]], points: int) -> Figure:
    """The surface seen from above for each of ``lengths``, with the refined wall on it."""
    from matplotlib.ticker import MultipleLocator

    name = "fig6-lengths"
    with canvas.panels(1, len(lengths), 2.3) as (drawing, axes):
        drawing.set_dpi(150)
        for panel, length in zip(axes.flat, lengths, strict=True):
            w, b, errors = surface(points, length)
            image = panel.pcolormesh(b, w, errors, cmap="viridis", vmin=0, vmax=TOP, rasterized=True)
            found = walls[length]
            panel.plot([wall.b for wall in found], [wall.w for wall in found], color=WALL, linewidth=1.2)
            panel.set(xlim=BIASES, ylim=WEIGHTS)
            panel.grid(visible=False)
            panel.xaxis.set_major_locator(MultipleLocator(0.5))
            canvas.name_panel(panel, f"T = {length}")
        drawing.supxlabel("b", fontsize=8.5)
        axes[0][0].set_ylabel("w")
        drawing.colorbar(image, ax=axes, label="error", shrink=0.9)
        svg = render(drawing, name)
    shifts = ", ".join(f"{found[0].b - found[-1].b:.2f} at T = {length}" for length, found in walls.items())
    return Figure(
        name,
        f"The surface from above, T = {lengths[0]} to {lengths[-1]}",
        "Line: where |dE/db| is largest, refined at each w on its own. Colour: the error.",
        f"Heat maps of the error; from the lowest to the highest w the wall moves down in b by {shifts}.",
        svg,
    )


def slopes_figure(lengths: Sequence[int], slopes: dict[float, list[float]]) -> Figure:
    """The largest |dE/db| against T, a line for each w."""
    name = "wall-slope"
    styles = looks([str(w) for w in slopes])
    with canvas.panels(1, 1, 2.6, 5.0) as (drawing, axes):
        panel = axes[0][0]
        for w, values in slopes.items():
            look = styles[str(w)]
            panel.plot(lengths, values, marker=look.marker, markersize=3.6, color=look.colour)
        panel.set_yscale("log")
        panel.axhline(1.0 / np.spacing(2.0), color=MUTED, linewidth=0.9, dashes=(2, 2))
        panel.annotate(
            "wall as thin as a double's last digit", (lengths[0], 1.0 / np.spacing(2.0)), xytext=(0, 3),
            textcoords="offset points", color=MUTED, fontsize=canvas.SMALL,
        )  # fmt: skip
        panel.set(xlabel="T", ylabel="largest |dE/db|")
        ends = {f"w = {w}": (float(np.log10(values[-1])), styles[str(w)].colour) for w, values in slopes.items()}
        _label_logarithmic(panel, ends)
        svg = render(drawing, name)
    told = "; ".join(f"w = {w}: from {values[0]:.3g} to {values[-1]:.3g}" for w, values in slopes.items())
    return Figure(
        name,
        "The wall's slope against T",
        "Each point is refined until b has no more digits. On this scale a straight line is exponential growth.",
        f"Three lines, straight on a logarithmic scale from T = {lengths[0]} to {lengths[-1]}. {told}.",
        svg,
    )


def along_the_wall(walls: Sequence[Wall], points: int) -> tuple[Floats, Floats]:
    """W and b of a grid whose columns follow the wall, so that drawing does not cut teeth into it."""
    w = np.linspace(*WEIGHTS, points)
    wall = np.interp(w, [found.w for found in walls], [found.b for found in walls])
    width = BIASES[1] - BIASES[0]
    b = np.clip(wall[:, None] + np.linspace(-width, width, 2 * points), *BIASES)
    return np.broadcast_to(w[:, None], b.shape), b


def surface(points: int, length: int) -> tuple[Floats, Floats, Floats]:
    """w, b and the error on an even grid over the figure's range."""
    w, b = np.meshgrid(np.linspace(*WEIGHTS, points), np.linspace(*BIASES, points), indexing="ij")
    return w, b, error(w, b, length)


def _label_logarithmic(axes: Any, ends: dict[str, tuple[float, str]]) -> None:
    for name, (exponent, colour) in ends.items():
        axes.annotate(
            name, (1, 10**exponent), xycoords=("axes fraction", "data"), xytext=(5, 0), textcoords="offset points",
            va="center", color=colour, fontsize=canvas.SMALL, fontweight="bold", annotation_clip=False,
        )  # fmt: skip
