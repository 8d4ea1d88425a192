"""Fig. 2(b) of Bengio et al. 1994: how often training converges against T, at s = 0.2 and w0 = 1.25."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnnbench.explain.bengio_1994_digitised import BARS, LENGTHS
from rnnbench.explain.bengio_1994_settings import FIXED, GRID, READINGS, TRAINED, VARIANCE
from rnnbench.explain.minimal import Problem, bound, converged
from rnnbench.report import canvas
from rnnbench.report.article import Block, table
from rnnbench.report.palette import FAINT, INK, looks
from rnnbench.report.svg import Figure, render
from rnnbench.report.tables import Table
from rnnbench.stats.proportion import Proportion, wilson
from rnnbench.streams import stream

BOUNDED = (10, 15, 20, 25, 30, 40, 50, 60)
"""Lengths at which the variance reading is asked."""
AS_VARIANCE = "w trained, variance"


@dataclass(frozen=True)
class Curves:
    """What the figure is made of."""

    lengths: tuple[int, ...]
    found: dict[str, list[Proportion]]
    """By reading, for each of ``lengths``; s is a standard deviation."""
    variance: list[Proportion]
    """w trained, s as a variance, for each of :data:`BOUNDED`."""
    bounds: dict[str, list[float]]
    """The most that w fixed allows at each of ``BOUNDED``, for s as a standard deviation and as a variance."""
    draws: int

    def rmse(self, reading: str) -> float:
        """Between a reading's frequencies and the bars."""
        bars = [bar(length) for length in self.lengths]
        return math.sqrt(np.mean([(p.rate - b) ** 2 for p, b in zip(self.found[reading], bars, strict=True)]))

    @property
    def variance_rmse(self) -> float:
        """The same for the variance reading with w trained, over :data:`BOUNDED`."""
        return math.sqrt(np.mean([(p.rate - bar(T)) ** 2 for p, T in zip(self.variance, BOUNDED, strict=True)]))

    def inside(self, reading: str) -> int:
        """How many of the bars lie within Wilson's intervals of a reading."""
        return sum(p.low <= bar(length) <= p.high for length, p in zip(self.lengths, self.found[reading], strict=True))

    def off(self, reading: str) -> tuple[float, float]:
        """The mean of a reading's frequencies less the bars, over the shorter lengths and the longer."""
        off = np.array([p.rate - bar(length) for length, p in zip(self.lengths, self.found[reading], strict=True)])
        shorter, longer = np.array_split(off, 2)
        return float(shorter.mean()), float(longer.mean())


def bar(length: int) -> float:
    """The digitised frequency at ``length``."""
    return BARS[LENGTHS.index(length)]


def measure_curves(quick: bool = False) -> Curves:
    """Train every reading at every length of the figure; ``quick`` at every eighth."""
    lengths = LENGTHS[::8] if quick else LENGTHS
    runs, draws = (100, 50_000) if quick else (100, 200_000)
    deviations = {"standard deviation": 0.2, "variance": VARIANCE}
    return Curves(
        lengths,
        {name: _frequencies(problem, lengths, runs, name) for name, problem in READINGS.items()},
        _frequencies(replace(TRAINED, noise=VARIANCE), BOUNDED, runs, AS_VARIANCE),
        {
            name: [
                bound(Problem(T, noise=noise), draws, stream("explain", "bengio-1994", "bound", name, T))
                for T in BOUNDED
            ]
            for name, noise in deviations.items()
        },
        draws,
    )


def length_block(curves: Curves) -> Block:
    """Fig. 2(b)."""
    first = BOUNDED[0]
    least, limit = bar(first), curves.bounds["variance"][0]
    fits = "; ".join(f"{name} {curves.rmse(name):.3f}" for name in curves.found)
    excess = max(bar(length) - most for length, most in zip(BOUNDED, curves.bounds["standard deviation"], strict=True))
    sentences = [
        f"With s as a standard deviation, the root mean square distance from the paper's bars is: {fits}.",
        f"With s as a variance and w fixed no inputs can succeed more often than {limit:.3f} at T = {first}, where the "
        f"paper's bar is {least:.2f}: that reading is ruled out. As a standard deviation the bound is "
        f"{curves.bounds['standard deviation'][0]:.3f}, and no bar lies more than {excess:.3f} above such a bound.",
        f"With s as a variance and w trained, {curves.variance[0].rate:.2f} converge at T = {first} and "
        f"{curves.variance[-1].rate:.2f} at T = {BOUNDED[-1]} (the bars: {least:.2f} and {bar(BOUNDED[-1]):.2f}); the "
        f"distance over {len(BOUNDED)} lengths is {curves.variance_rmse:.3f}.",
        "Of the bars, this many lie within the 95 % intervals of our frequencies: "
        + "; ".join(f"{name} {curves.inside(name)} of {len(curves.lengths)}" for name in curves.found)
        + ". They are frequencies themselves, of a number of runs that is not given, so that fewer than 95 % would lie "
        "there if both were of one process.",
        "On average over the shorter half of T, and over the longer half, our frequencies lie off the bars by "
        + "; ".join("{} {:+.3f} and {:+.3f}".format(name, *curves.off(name)) for name in curves.found)
        + ".",
    ]
    figure = _figure(curves)
    return Block(
        "fig2b",
        "Fig. 2(b): convergence against T",
        sentences,
        _notes(curves),
        [figure],
        [_bounds(curves), _table(curves)],
    )


def _notes(curves: Curves) -> list[str]:
    runs = curves.variance[0].n
    return [
        "Stated in the source: s = 0.2, w0 = 1.25, L = 3, C = ½ Σ (x_T - d)² with d = ±0.8. Left open or "
        'contradictory: the text calls s the variance and has "only the input parameters" learned, the caption '
        "speaks of an initial weight; learning rate, epochs, sequences, criterion and number of runs are not given.",
        f"Our choice for w trained: {TRAINED.sequences} sequences a class, {TRAINED.epochs} epochs of batch gradient "
        f"descent at a rate of {TRAINED.learning_rate} of the summed gradient, first inputs uniform in "
        f"±{TRAINED.start}, success when all signs are right. For w fixed: {FIXED.sequences} sequences a class, "
        f"{FIXED.epochs} epochs, rate {FIXED.learning_rate}. As in (a): the setting of Fig. 2(a) below, "
        f"{GRID.sequences} sequences a class and {GRID.epochs} epochs. {runs} runs at each T; the noise is drawn "
        "once for a run. These were fitted to the figure; they are not the authors'.",
        "The bound: for w > 0 the last state rises with every input, so the best inputs saturate the unit before the "
        f"noise begins, and both signs must then survive the noise, with one sequence a class; {curves.draws:,} draws.",
    ]


def _frequencies(problem: Problem, lengths: Sequence[int], runs: int, name: str) -> list[Proportion]:
    return [
        wilson(
            int(converged(replace(problem, length=T), runs, stream("explain", "bengio-1994", "length", name, T)).sum()),
            runs,
        )
        for T in lengths
    ]


def _figure(curves: Curves) -> Figure:
    name = "fig2b-length"
    styles = looks(curves.found)
    with canvas.panels(1, 1, 3.6) as (drawing, axes):
        panel = axes[0][0]
        panel.bar(LENGTHS, BARS, width=0.8, color=FAINT, label="the paper's bars", zorder=1)
        for reading, values in curves.found.items():
            _curve(panel, curves.lengths, values, styles[reading].colour, f"s deviation, {reading}")
        panel.errorbar(
            BOUNDED, [p.rate for p in curves.variance],
            yerr=np.array([[p.rate - p.low, p.high - p.rate] for p in curves.variance]).clip(0).T,
            fmt="D", color=INK, markersize=3.5, linewidth=1.0, label="s variance, w trained",
        )  # fmt: skip
        for (kind, most), dash in zip(curves.bounds.items(), ((4, 2), (1, 1.5)), strict=True):
            short = "deviation" if kind != "variance" else kind
            panel.plot(
                BOUNDED, most, color=INK, linewidth=1.2, dashes=dash, label=f"s {short}, most that w fixed allows"
            )
        canvas.value_axis(panel, "accuracy", [])
        panel.set(xlabel="T", ylabel="share of runs that converge", xlim=(4, 61))
        drawing.legend(loc="outside lower center", ncols=3, fontsize=canvas.SMALL)
        svg = render(drawing, name)
    told = "; ".join(f"{reading} from {p[0].rate:.2f} to {p[-1].rate:.2f}" for reading, p in curves.found.items())
    return Figure(
        name,
        "Convergence against T",
        "Bands and whiskers: Wilson's 95 % intervals. The dotted bound lies below the bars for short T.",
        f"Grey bars fall from {BARS[0]:.2f} at T = 5 to {BARS[-1]:.2f} at T = 60; lines follow them: {told}.",
        svg,
    )


def _curve(axes: Any, lengths: Sequence[int], values: list[Proportion], colour: str, label: str) -> None:
    axes.plot(lengths, [p.rate for p in values], color=colour, label=label, linewidth=1.4)
    axes.fill_between(lengths, [p.low for p in values], [p.high for p in values], color=colour, alpha=0.13, linewidth=0)


def _bounds(curves: Curves) -> Table:
    rows: list[list[str | float | int | None]] = [
        [T, bar(T), curves.bounds["standard deviation"][i], curves.bounds["variance"][i], curves.variance[i].rate]
        for i, T in enumerate(BOUNDED)
    ]
    heads = ["T", "paper", "bound, s a deviation", "bound, s a variance", "s a variance, w trained"]
    return table("bounds", "The most that w fixed allows, and the variance reading with w trained.", heads, rows)


def _table(curves: Curves) -> Table:
    rows: list[list[str | float | int | None]] = [
        [T, bar(T), *(values[i].rate for values in curves.found.values())] for i, T in enumerate(curves.lengths)
    ]
    return table("lengths", "Share of runs that converge.", ["T", "paper", *curves.found], rows)
