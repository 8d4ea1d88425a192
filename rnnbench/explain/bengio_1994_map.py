"""Latching in one unit, after Fig. 1 of Bengio et al. 1994: the map, its basins and the critical input."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnbench.explain.minimal import Floats, critical_input
from rnnbench.report import canvas
from rnnbench.report.article import Block, table
from rnnbench.report.palette import MUTED, SERIES_COLOURS
from rnnbench.report.svg import Figure, render

W = 1.25
WEIGHTS = (1.05, 1.1, 1.25, 1.5, 2.0, 2.5)
STEPS = 2000
"""Of the map, to find where a state goes."""


@dataclass(frozen=True)
class Latch:
    """What the figure is made of."""

    critical: dict[float, float]
    """h* found by iterating the map, by w."""
    derived: dict[float, float]
    """The same from the tangent."""
    fixed: float
    """The stable state at ``W`` without input, found by iteration."""
    starts: Floats
    inputs: Floats
    limits: Floats
    """Where the state ends, ``input start``."""


def measure_latch(quick: bool = False) -> Latch:
    """Iterate the map from an even grid of states under an even grid of sustained inputs."""
    points = 41 if quick else 161
    starts, inputs = np.linspace(-1, 1, points), np.linspace(-0.16, 0.16, points)
    x = np.broadcast_to(starts, (points, points)).copy()
    for _ in range(STEPS):
        x = np.tanh(W * x + inputs[:, None])
    fixed = 1.0
    for _ in range(STEPS):
        fixed = math.tanh(W * fixed)
    weights = (W, 2.0) if quick else WEIGHTS
    critical = {w: critical_input(w) for w in weights}
    return Latch(critical, {w: derived_input(w) for w in weights}, fixed, starts, inputs, x)


def derived_input(w: float) -> float:
    """h* = w x* - artanh(x*) with x* = √(1 - 1/w), where the map touches the diagonal."""
    x = math.sqrt(1.0 - 1.0 / w)
    return w * x - math.atanh(x)


def latch_block(latch: Latch) -> Block:
    """Fig. 1."""
    apart = max(abs(latch.critical[w] - latch.derived[w]) for w in latch.critical)
    left, right = held(latch)
    sentences = [
        f"At w = {W} the unit keeps a sign for ever while every input stays below h* = {latch.critical[W]:.3f}, found "
        "by iterating the map.",
        f"Without input it rests at ±{latch.fixed:.3f}; of the states above that, held under an input of {right:.3f}, "
        f"all keep their sign, and under {left:.3f} none does.",
        f"For w from {min(latch.critical)} to {max(latch.critical)} the h* found differs from the derived one by at "
        f"most {apart:.0e}.",
    ]
    notes = [
        "Stated in the source: `x_t = tanh(w x_{t-1} + h_t)`, two stable states for w > 1, and that an input that "
        "stays below a critical size cannot change the sign. Left open: the number. From the tangent of the map, h* = "
        f"w x* - artanh(x*) with x* = √(1 - 1/w), which is {latch.derived[W]:.3f} at w = {W}.",
        f"Found: the largest sustained input under which a start at x = 1 stays positive, by bisection to 1e-12. "
        f"The right panel iterates {STEPS:,} steps from each state.",
    ]
    rows: list[list[str | float | int | None]] = [
        [w, latch.critical[w], latch.derived[w], math.sqrt(1 - 1 / w)] for w in latch.critical
    ]
    found = table("critical", "The critical input.", ["w", "h* found", "h* derived", "x*"], rows)
    return Block(
        "latching", "Fig. 1: latching, basins and the critical input", sentences, notes, [_figure(latch)], [found]
    )


def held(latch: Latch) -> tuple[float, float]:
    """The smallest opposing input that turns every state above the stable one, and the largest that turns none."""
    above = latch.starts > latch.fixed
    turned = (latch.limits[:, above] < 0).mean(axis=1)
    against = -latch.inputs
    return float(against[turned == 1].min()), float(against[turned == 0].max())


def _figure(latch: Latch) -> Figure:
    import matplotlib as mpl
    from matplotlib.figure import Figure as Drawing

    name = "fig1-latching"
    with mpl.rc_context(canvas.RC):
        drawing = Drawing(figsize=(canvas.WIDTH, 3.1), dpi=150)
        axes = drawing.subplots(1, 2)
        _draw_map(axes[0], latch)
        _draw_basins(drawing, axes[1], latch)
        svg = render(drawing, name)
    return Figure(
        name,
        "A unit that latches",
        f"Left: the map at w = {W} without input and with the critical one, under which its upper fixed points meet; "
        "and at w = 0.9, which forgets. Right: where each state ends under a sustained input; dashed: ±h*.",
        f"Left: tanh curves over the diagonal, crossing it at ±{latch.fixed:.2f} and 0 for w = {W}, touching it for "
        f"the critical input. Right: two regions of final states whose border runs along ±{latch.critical[W]:.3f} "
        "at the ends.",
        svg,
    )


def _draw_map(axes: Any, latch: Latch) -> None:
    x = np.linspace(-1, 1, 201)
    h = latch.critical[W]
    blue, red, green = (pair[0] for pair in SERIES_COLOURS[:3])
    axes.plot(x, x, color=MUTED, linewidth=0.9)
    for colour, values, text, place in (
        (blue, np.tanh(W * x), f"w = {W}", (0.0, 0.62)),
        (red, np.tanh(W * x - h), f"w = {W}, h = -h*", (0.06, -0.3)),
        (green, np.tanh(0.9 * x), "w = 0.9", (0.66, 0.32)),
    ):
        axes.plot(x, values, color=colour)
        axes.annotate(text, place, color=colour, fontsize=canvas.SMALL, fontweight="bold")
    axes.plot([-latch.fixed, latch.fixed], [-latch.fixed, latch.fixed], "o", color=blue, markersize=5)
    axes.plot([0], [0], "o", color=blue, markersize=5, markerfacecolor="none")
    axes.plot([math.sqrt(1 - 1 / W)], [math.sqrt(1 - 1 / W)], "s", color=red, markersize=4.5)
    axes.set(xlabel="state", ylabel="next state", xlim=(-1, 1), ylim=(-1, 1))
    canvas.name_panel(axes, "The map")


def _draw_basins(drawing: Any, axes: Any, latch: Latch) -> None:
    image = axes.pcolormesh(
        latch.starts, latch.inputs, latch.limits, cmap="cividis", vmin=-1, vmax=1, rasterized=True, shading="nearest"
    )
    for sign in (-1, 1):
        axes.axhline(sign * latch.critical[W], color=SERIES_COLOURS[1][0], linewidth=1.2, dashes=(3, 2))
    axes.grid(visible=False)
    axes.set(xlabel="first state", ylabel="sustained input")
    drawing.colorbar(image, ax=axes, label="final state")
    canvas.name_panel(axes, f"Where it ends, w = {W}")
