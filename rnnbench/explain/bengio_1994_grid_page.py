"""What the page on Bengio et al. 1994 says of Fig. 2(a)."""

from dataclasses import asdict
from typing import Any

import numpy as np

from rnnbench.explain.bengio_1994_digitised import RUNS
from rnnbench.explain.bengio_1994_grid import EPOCHS, Fit, Grid
from rnnbench.explain.bengio_1994_settings import CHOSEN, CRITERIA, GRID
from rnnbench.explain.minimal import Floats
from rnnbench.report import canvas
from rnnbench.report.article import Block, table
from rnnbench.report.labels import percent
from rnnbench.report.svg import Figure, render
from rnnbench.report.tables import Table

HEADS = {
    "inside": "mostly converge, w0 ≥ 1.3, s ≤ 0.25",
    "core": "the same, w0 1.2 to 1.8",
    "outside": "under a tenth, w0 < 0.9 or s ≥ 0.45",
    "white": "cells there that mostly converge",
    "agreement": "cells that agree",
    "overlap": "overlap",
}


def grid_block(grid: Grid) -> Block:
    """Fig. 2(a)."""
    last = EPOCHS[-1]
    ours, paper = grid.fit(last), grid.fit_of(grid.digitised)
    black = grid.fit_of(np.zeros_like(grid.digitised))
    high = grid.frequency(last)[grid.s > 0.44]
    sentences = [
        f"Within {last} epochs most runs converge in {_percent(ours.inside)} of the cells with w0 of 1.3 and more and "
        f"s up to 0.25 (white in the paper: {_percent(paper.inside)}), and in {_percent(ours.core)} of those with w0 "
        f"from 1.2 to 1.8 (in the paper {_percent(paper.core)}); with s of 0.45 and more at most {high.max():.2f} of a "
        "cell's runs do.",
        f"Cut at one half, {_percent(ours.agreement)} of {grid.digitised.size} cells agree with the digitised figure, "
        f"whose white and ours overlap by {ours.overlap:.2f}; a figure black all over would agree in "
        f"{_percent(black.agreement)}, with an overlap of {black.overlap:.0f}.",
        f"With w0 under 0.9 or s of 0.45 and more, less than a tenth of the runs converge in "
        f"{_percent(ours.outside)} of the cells (in the paper {_percent(paper.outside)}); {_places(ours)}.",
        *_at_lower_edges(grid),
    ]
    notes = [
        f"Stated in the source: L = 3, T = {GRID.length}, w trained from w0, {RUNS} runs at each of 20 x 20 cells. "
        "Left open: everything else, and the grey levels, which the black and white scan has lost; a cell "
        "stands at its lower edge of w0 and its upper edge of s by our choice, so that no row is without noise.",
        f"Our choice: s is a standard deviation, {GRID.sequences} sequences a class, a rate of {GRID.learning_rate} of "
        f"the summed gradient, first inputs uniform in ±{GRID.start}; a run has converged, and stops, once all signs "
        f"are right and the {CHOSEN}, and has {last} epochs to come there. By the sign alone runs converge up to "
        "larger s, as the second table shows.",
        "Setting and edge were fitted to this very figure, by trying many: it can be had so, which does not say that "
        "the authors had it so.",
    ]
    return Block(
        "fig2a",
        "Fig. 2(a): convergence over w0 and s",
        sentences,
        notes,
        [_figure(grid)],
        [_epochs(grid), _criteria(grid)],
    )


def _percent(share: float) -> str:
    return f"{percent(share)} %"


def _at_lower_edges(grid: Grid) -> list[str]:
    """What comes of the other reading of the figure's rows."""
    if grid.lower is None:
        return []
    other = grid.lower.fit(EPOCHS[-1])
    return [
        f"With s at the lower edge of each cell, {grid.lower.s[0]:g} to {grid.lower.s[-1]:g}, "
        f"{_percent(other.agreement)} agree, with an overlap of {other.overlap:.2f}; {_places(other)}."
    ]


def _places(fit: Fit) -> str:
    if not fit.white:
        return "in no cell that should stay black do most runs converge"
    cells = ", ".join(f"({w0:.1f}, {s:.2f})" for w0, s in fit.places)
    return f"most runs converge at (w0, s) = {cells} too, which should stay black"


def _figure(grid: Grid) -> Figure:
    name = "fig2a-grid"
    maps: dict[str, Floats] = {"Paper, scan": grid.digitised}
    for epochs in (EPOCHS[-1], EPOCHS[0]):
        maps[f"Ours, {epochs} epochs"] = grid.frequency(epochs)
    with canvas.panels(1, len(maps), 2.7) as (drawing, axes):
        drawing.set_dpi(150)
        for panel, (title, frequency) in zip(axes.flat, maps.items(), strict=True):
            image = _map(panel, grid, frequency)
            canvas.name_panel(panel, title)
        drawing.supxlabel("w0", fontsize=8.5)
        axes[0][0].set_ylabel("s")
        drawing.colorbar(image, ax=axes, label="share of runs that converge", shrink=0.9)
        svg = render(drawing, name)
    ours = grid.fit(EPOCHS[-1])
    return Figure(
        name,
        "Convergence over the first weight and the noise",
        f"Share of {RUNS} runs that converge; for the paper, the share of white in the cell. T = {GRID.length}, L = 3.",
        f"Three heat maps, bright for w0 above about 1 and s below about 0.3. {_percent(ours.agreement)} of the cells "
        "of the first two agree.",
        svg,
    )


def _map(axes: Any, grid: Grid, frequency: Floats) -> Any:
    w0 = np.append(grid.w0, 2 * grid.w0[-1] - grid.w0[-2])
    s = np.insert(grid.s, 0, 2 * grid.s[0] - grid.s[1])
    axes.grid(visible=False)
    return axes.pcolormesh(w0, s, frequency, cmap="cividis", vmin=0, vmax=1, rasterized=True)


def _row(label: str | int, fit: Fit) -> list[str | float | int | None]:
    values = asdict(fit)
    return [label, *(values[key] for key in HEADS)]


def _epochs(grid: Grid) -> Table:
    rows = [_row("paper", grid.fit_of(grid.digitised))]
    rows += [_row(f"{epochs} epochs", grid.fit(epochs)) for epochs in EPOCHS]
    return table(
        "epochs", f"Shares of cells, by how long a run may train; converged: {CHOSEN}.", ["", *HEADS.values()], rows
    )


def _criteria(grid: Grid) -> Table:
    rows = [_row(name, grid.fit(EPOCHS[-1], name)) for name in CRITERIA]
    caption = f"The same within {EPOCHS[-1]} epochs, by criterion; the signs must be right in all."
    return table("criteria", caption, ["", *HEADS.values()], rows)
