"""``rnnbench explain pascanu-2013``: the error surface of Pascanu, Mikolov & Bengio 2013, Fig. 6."""

import os
import time
from dataclasses import dataclass

import numpy as np

from rnnbench.explain.pascanu_2013_figures import maps_figure, slopes_figure, surface_figure
from rnnbench.explain.pascanu_2013_reference import BIASES, ERROR_TICKS, ERRORS, WALLS, WEIGHTS
from rnnbench.explain.wall import LENGTH, Wall, error, error_and_slope, find_wall, repeller
from rnnbench.provenance import versions
from rnnbench.report.article import Article, Block, table
from rnnbench.report.tables import Table

SHOWN = (5, 20, 50, 200)
"""Lengths whose surface is drawn."""
LENGTHS = (5, 10, 20, 35, 50, 75, 100, 125, 150, 175, 200)
PLOT_POINTS = 111
"""Along b: the hundredths of a plot's grid."""


@dataclass(frozen=True)
class Measured:
    """What the page is made of."""

    walls: dict[float, Wall]
    """At T = 50, by w."""
    plotted: dict[float, float]
    """The largest |dE/db| that a plotting grid sees, by w."""
    errors: dict[tuple[float, float], float]
    lengths: tuple[int, ...]
    slopes: dict[float, list[float]]
    """The largest |dE/db| by w, for each of ``lengths``."""
    lines: dict[int, list[Wall]]
    """The wall over the range of w, for each drawn length."""
    points: int
    """Of a drawn surface, along each side."""


def article(quick: bool = False) -> Article:
    """The page; ``quick`` draws coarser surfaces and fewer lengths. The numbers at T = 50 are the same."""
    start = time.perf_counter()
    measured = measure(quick)
    blocks = [surface_block(measured), lengths_block(measured)]
    took = time.perf_counter() - start
    return Article(
        "pascanu-2013",
        "The wall in the error surface of one unit",
        "Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks, Fig. 6: one unit "
        "without input, `x_t = w σ(x_{t-1}) + b`, `x_0 = 0.5`, error `E_T = (σ(x_T) - 0.7)²`. Where the gradient "
        "explodes, the surface has a wall.",
        blocks,
        "rnnbench explain pascanu-2013",
        {**versions(), "seed": "none: nothing is random", "time": f"{took:.1f} s on {os.cpu_count()} cores"},
    )


def measure(quick: bool = False) -> Measured:
    """All numbers of the page."""
    lengths = (5, 50, 100, 200) if quick else LENGTHS
    points = 40 if quick else 220
    walls = {w: find_wall(w) for w in WALLS}
    grid = np.linspace(*BIASES, PLOT_POINTS)
    across = np.linspace(*WEIGHTS, 5 if quick else 41)
    return Measured(
        walls=walls,
        plotted={w: float(np.abs(error_and_slope(w, grid)[1]).max()) for w in WALLS},
        errors={place: float(error(*place)) for place in ERRORS},
        lengths=lengths,
        slopes={w: [find_wall(w, length).slope for length in lengths] for w in WALLS},
        lines={length: [find_wall(float(w), length) for w in across] for length in SHOWN},
        points=points,
    )


def surface_block(measured: Measured) -> Block:
    """Fig. 6 itself."""
    walls = measured.walls
    places = ", ".join(f"{wall.b:.3f}" for wall in walls.values())
    slopes = ", ".join(f"{wall.slope:.3g}" for wall in walls.values())
    missed = ", ".join(f"{walls[w].slope / seen:.3g}" for w, seen in measured.plotted.items())
    off = max(abs(value - ERRORS[place]) for place, value in measured.errors.items())
    weights = ", ".join(str(w) for w in walls)
    sentences = [
        f"At T = {LENGTH} and w = {weights} the wall stands at b = {places}; there |dE/db| reaches {slopes}.",
        f"A plotting grid of {PLOT_POINTS} points along b sees these slopes too small by factors of {missed}.",
        f"The {len(measured.errors)} errors listed below differ from their reference by at most {off:.1e}.",
    ]
    notes = [
        "Stated in the source: the unit, `x_0`, the target and T = 50. Left open: the figure's range (we read "
        f"w = {WEIGHTS[0]} to {WEIGHTS[1]} and b = {BIASES[0]} to {BIASES[1]} off its ticks), its grid, and every "
        f"number: the only ones printed are ticks, those of the error from {ERROR_TICKS[0]} to {ERROR_TICKS[1]}. "
        "The references in the tables were computed apart from this page.",
        "The slope is the derivative carried forwards in float64, and the wall is searched with ever finer grids of "
        "4,001 points, each 1/200 as wide as the one before, until b has no more digits.",
    ]
    figures = [
        surface_figure(measured.lines[LENGTH], measured.points),
        maps_figure(SHOWN, measured.lines, measured.points),
    ]
    return Block("fig6", "Fig. 6: the error surface", sentences, notes, figures, [_walls(measured), _errors(measured)])


def lengths_block(measured: Measured) -> Block:
    """The same surface for T = 5 to 200."""
    first, last = measured.lengths[0], measured.lengths[-1]
    span = measured.lengths[-1] - measured.lengths[-2]
    rows: list[list[str | float | int | None]] = []
    for w, slopes in measured.slopes.items():
        place, factor = repeller(w)
        rows.append([w, slopes[0], slopes[-1], (slopes[-1] / slopes[-2]) ** (1 / span), factor, place])
    told = "; ".join(f"for w = {row[0]} by {row[3]:.4f} a step, and w σ'(x_0) is {row[4]:.4f}" for row in rows)
    rises = ", ".join(f"{row[1]:.3g} to {row[2]:.3g}" for row in rows)
    weights = ", ".join(str(w) for w in measured.slopes)
    sentences = [
        f"From T = {first} to {last} the wall's largest slope rises from {rises} (w = {weights}).",
        f"The slope multiplies by a constant: between T = {measured.lengths[-2]} and {last} {told}.",
    ]
    notes = [
        "Why: at b = x_0 - w σ(x_0) the start is a fixed point, and since w σ'(x_0) > 1 it repels. The unit then "
        "stands on the border of two basins of attraction; each step drives neighbours apart by that factor, and the "
        "wall tends to this b. The paper's text treats the linear unit; this is its argument at the wall of Fig. 6.",
        "At T = 200 the wall is thinner than the gap between two doubles near b, so the search measures b from the "
        "repeller, and iterates `x_t - x_0` without cancellation.",
    ]
    heads = ["w", f"slope, T = {first}", f"slope, T = {last}", "growth a step", "w σ'(x_0)", "b of the repeller"]
    growth = table("growth", "How the wall grows.", heads, rows)
    figure = slopes_figure(measured.lengths, measured.slopes)
    return Block("lengths", f"The wall for T = {first} to {last}", sentences, notes, [figure], [growth])


def _walls(measured: Measured) -> Table:
    rows: list[list[str | float | int | None]] = [
        [w, wall.b, WALLS[w][0], wall.slope, WALLS[w][1], measured.plotted[w]] for w, wall in measured.walls.items()
    ]
    heads = ["w", "b of the wall", "reference", "largest |dE/db|", "reference |dE/db|", "on the plotting grid"]
    return table("walls", f"The wall at T = {LENGTH}.", heads, rows)


def _errors(measured: Measured) -> Table:
    rows: list[list[str | float | int | None]] = [
        [w, b, value, ERRORS[w, b]] for (w, b), value in measured.errors.items()
    ]
    return table("errors", f"The error at {len(rows)} places, T = {LENGTH}.", ["w", "b", "E", "reference E"], rows)
