"""Does more time help? Twenty times the updates, and where they take the loop of each cell."""

from typing import Any

import numpy as np

from rnnbench.explain.why.arms import LONG, Evidence
from rnnbench.explain.why.patience_arms import CELLS, OTHER_RATES, Rest
from rnnbench.explain.why.patience_words import outcome, ways
from rnnbench.explain.why.words import CORRECTED
from rnnbench.report import canvas
from rnnbench.report.article import Block, Item, table
from rnnbench.report.palette import FAINT, SERIES_COLOURS
from rnnbench.report.svg import Figure, render
from rnnbench.report.tables import Entry
from rnnbench.words import some


def patience_block(evidence: Evidence) -> Block:
    """Who solves the task with twenty times the updates, and by which way out."""
    rests = {key: Rest(evidence[f"{key} long"]) for key in CELLS}
    notes = [
        f"{rests['lstm'].trained.trials[0].protocol.total_updates:,} updates, learning rate 1e-2, random split. The "
        "slope at rest is the eigenvalue of ds'/ds that is largest in modulus (its real part), at state nought and "
        f"input nought. {CORRECTED}"
    ]
    heads = ["Cell", "Solved after 2,500", "after 50,000", "at 1e-3", "at 3e-2", "Slope before", "after 2,500",
             "after 50,000", "below -1"]  # fmt: skip
    caption = f"T={LONG}, learning rate 1e-2 unless said otherwise; slopes at rest are medians over seeds."
    return Block("patience", "Does patience help?", [*outcome(evidence), *ways(evidence, rests)], notes,
                 [_figure(rests)], [table("patience", caption, heads, _rows(evidence, rests))])  # fmt: skip


def _rows(evidence: Evidence, rests: dict[str, Rest]) -> list[list[Item]]:
    rows: list[list[Item]] = []
    for key, (label, _) in CELLS.items():
        arms = [f"{key} short", f"{key} long", *(f"{key} long {name}" for name in OTHER_RATES)]
        solved = [f"{evidence[arm].solved.solved}/{evidence[arm].solved.n}" for arm in arms]
        slopes = [rests[key].before, Rest(evidence[f"{key} short"]).after, rests[key].after]
        below = int((rests[key].after < -1).sum())
        rows.append([label, *solved, *(_two_digits(np.median(slope)) for slope in slopes), below])
    return rows


def _two_digits(value: np.floating[Any]) -> Entry:
    return Entry(f"{value:.2f}", float(value))


def _figure(rests: dict[str, Rest]) -> Figure:
    blue, red = SERIES_COLOURS[0][0], SERIES_COLOURS[1][0]
    with canvas.panels(1, 1, 2.6) as (drawing, axes):
        panel = axes[0][0]
        for place, rest in enumerate(rests.values()):
            aside = place + np.linspace(-0.3, 0.3, len(rest.after))
            for solved, colour, marker in ((True, blue, "o"), (False, red, "X")):
                chosen = rest.trained.successes == solved
                panel.vlines(aside[chosen], rest.before[chosen], rest.after[chosen], color=FAINT, zorder=1)
                panel.plot(aside[chosen], rest.after[chosen], marker, color=colour, markersize=4, markeredgewidth=0,
                           label=None if place else "solved" if solved else "not solved")  # fmt: skip
        panel.set_yscale("symlog", linthresh=1.5)
        panel.set_yticks([-10, -3, -1, 0, 1], ["-10", "-3", "-1", "0", "1"])
        panel.minorticks_off()
        for edge in (-1, 1):
            panel.axhline(edge, color=FAINT, dashes=(2, 2))
        panel.set_xticks(range(len(CELLS)), [label.replace(", ", ",\n") for label, _ in CELLS.values()])
        panel.set_ylabel("slope at rest")
        panel.legend(loc="lower left", bbox_to_anchor=(0.25, 0), fontsize=canvas.SMALL)
        svg = render(drawing, "patience")
    ends = ", ".join(f"{CELLS[key][0]} {np.median(rest.after):.2f}" for key, rest in rests.items())
    return Figure(
        "patience", "Where 50,000 updates take the loop",
        "A line a seed, from its start to its end, of slopes at state nought. Beyond the upper dashed line a unit may "
        "latch, beyond the lower by flipping at every step.",
        f"Dot chart of the slope at rest after training for {some(len(rests), 'cell')}, medians {ends}.", svg,
    )  # fmt: skip
