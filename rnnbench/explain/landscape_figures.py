"""Heat maps, a surface, and steepness against length."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rnnbench.explain.gradients import Floats
from rnnbench.explain.landscape import Cliff
from rnnbench.explain.plane import Plane
from rnnbench.report import canvas
from rnnbench.report.palette import SERIES_COLOURS
from rnnbench.report.svg import Figure, render

MAP = "cividis"
COLUMNS = 3
SURFACE_POINTS = 60


@dataclass(frozen=True)
class Landscape:
    """The loss over one plane at several lengths, and a training path on it."""

    plane: Plane
    heights: Mapping[int, Floats]
    """Loss by length, ``b a``."""
    cliffs: Mapping[int, Cliff]
    path: Floats
    """The training path's coordinates, ``point 2``."""

    @property
    def levels(self) -> tuple[float, float]:
        """The colours' range: of all lengths together, far peaks cut off."""
        together = np.concatenate([height.ravel() for height in self.heights.values()])
        finite = together[np.isfinite(together)]
        return float(finite.min()), float(np.quantile(finite, 0.995))


def maps(found: Landscape, name: str) -> Figure:
    """The loss from above, a panel for each length, with path and cliff."""
    lengths = list(found.heights)
    rows = -(-len(lengths) // COLUMNS)
    columns = min(len(lengths), COLUMNS)
    low, high = found.levels
    a, b = found.plane.grid(len(found.heights[lengths[0]]))
    with canvas.panels(rows, columns, 2.0 if columns > 1 else 3.0) as (drawing, axes):
        for panel, length in zip(axes.flat, lengths, strict=False):
            drawn = panel.pcolormesh(a, b, found.heights[length], cmap=MAP, vmin=low, vmax=high, rasterized=True)
            panel.plot(found.path[:, 0], found.path[:, 1], color="white", linewidth=1.0)
            panel.plot(*found.path[0], "o", color="white", markersize=4)
            panel.plot(*found.path[-1], "*", color="white", markersize=7)
            cliff = found.cliffs[length]
            panel.plot(cliff.a, cliff.b, "X", color=SERIES_COLOURS[1][0], markersize=6, markeredgecolor="white")
            panel.set_xlim(a[0], a[-1])
            panel.set_ylim(b[0], b[-1])
            canvas.name_panel(panel, f"T = {length}")
            panel.grid(visible=False)
        for panel in list(axes.flat)[len(lengths) :]:
            panel.set_visible(False)
        drawing.colorbar(drawn, ax=axes, shrink=0.8, label="loss")
        drawing.supxlabel(found.plane.names[0], fontsize=8.5)
        drawing.supylabel(found.plane.names[1], fontsize=8.5)
        svg = render(drawing, f"{name}-maps")
    caption = "White: the training path from its start (dot) to its end (star). Cross: the steepest place found."
    ranges = "; ".join(
        f"T={length} from {np.nanmin(h):.3g} to {np.nanmax(h):.3g}" for length, h in found.heights.items()
    )
    return Figure(f"{name}-maps", "The loss from above", caption, f"Heat maps of the loss: {ranges}.", svg)


def relief(found: Landscape, length: int, name: str) -> Figure:
    """The loss at one length as a surface."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Drawing

    heights = found.heights[length]
    every = max(1, len(heights) // SURFACE_POINTS)
    a, b = np.meshgrid(*found.plane.grid(len(heights)))
    low, high = found.levels
    with rc_context(canvas.RC):
        drawing = Drawing(figsize=(canvas.WIDTH, 4.2))
        axes = drawing.add_subplot(projection="3d")
        cut = np.clip(heights, low, high)
        axes.plot_surface(
            a[::every, ::every], b[::every, ::every], cut[::every, ::every], cmap=MAP, linewidth=0, antialiased=False,
            rstride=1, cstride=1, rasterized=True, vmin=low, vmax=high,
        )  # fmt: skip
        axes.set_xlabel(found.plane.names[0])
        axes.set_ylabel(found.plane.names[1])
        axes.set_zlabel("loss")
        svg = render(drawing, f"{name}-surface")
    described = f"Surface of the loss at length {length}, from {low:.3g} to {high:.3g}."
    return Figure(f"{name}-surface", f"The same at T = {length} as a surface", "Peaks are cut off.", described, svg)


def steepness(found: Landscape, name: str) -> Figure:
    """The cliff's steepness against length."""
    lengths = list(found.cliffs)
    values = [found.cliffs[length].steepness for length in lengths]
    with canvas.panels(1, 1, 2.0, 5.0) as (drawing, axes):
        panel = axes[0][0]
        panel.plot(lengths, values, color=SERIES_COLOURS[0][0], marker="o")
        panel.set_xlabel("length")
        panel.set_ylabel("steepness")
        if min(values) > 0 and max(values) > 10 * min(values):
            panel.set_yscale("log")
        svg = render(drawing, f"{name}-steepness")
    told = ", ".join(f"{value:.3g} at {length}" for length, value in zip(lengths, values, strict=True))
    title = "How steep the steepest place is"
    return Figure(f"{name}-steepness", title, "Norm of the slope over the plane.", f"Line chart: {told}.", svg)
