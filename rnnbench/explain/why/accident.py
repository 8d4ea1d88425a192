"""Why the vanilla RNN did better: an orthogonal matrix of one number is exactly plus or minus one."""

import numpy as np
from numpy.typing import NDArray

from rnnbench.explain.gradients import Floats
from rnnbench.explain.why.arms import MIDDLE, Evidence
from rnnbench.explain.why.words import CORRECTED, share, told
from rnnbench.report import canvas
from rnnbench.report.article import Block, Item, accuracy, table
from rnnbench.report.palette import FAINT, SERIES_COLOURS
from rnnbench.report.svg import Figure, render
from rnnbench.stats.proportion import wilson

ARMS = {"srnn middle": "±1 (orthogonal)", "srnn half": "±½"}


def accident_block(evidence: Evidence) -> Block:
    """Success with the recurrent weight at ±1 and at ±1/2, and where it ends."""
    one, half = evidence["srnn middle"], evidence["srnn half"]
    ends = np.abs(one.parameter("recurrent", "final").ravel())
    starts = one.parameter("recurrent", "initial").ravel()
    solved = one.successes
    signs = {sign: wilson(int(solved[starts == sign].sum()), int((starts == sign).sum())) for sign in (1.0, -1.0)}
    moved = np.abs(half.parameter("recurrent", "final").ravel())
    weights = np.abs(one.parameter("kernel", "initial").ravel())
    small, large = (wilson(int(solved[part].sum()), len(part)) for part in _outer_quarters(weights))
    sentences = [
        f"Keras draws an orthogonal recurrent matrix; of one unit it is exactly +1 or -1. From there T={MIDDLE} is "
        f"solved by {share(one.solved)}; the same cell from ±½ by {share(half.solved)} "
        f"({told(one.solved, half.solved)}).",
        f"A unit latches where |w| > 1 (Bengio et al. 1994). Those that solve end at |w| = {ends[solved].min():.2f} "
        f"to {ends[solved].max():.2f}; the others at {ends[~solved].min():.2f} to {ends[~solved].max():.2f}; from ±½ "
        f"{_side(moved)}.",
        f"From +1 {share(signs[1.0])} solve, from -1, where the state flips at every step, {share(signs[-1.0])} "
        f"({told(signs[1.0], signs[-1.0])}).",
        f"Of the quarter of seeds whose input weighs least at the start {share(small)} solve, of that whose input "
        f"weighs most {share(large)} ({told(small, large)}).",
    ]
    rows: list[list[Item]] = [
        [label, evidence[key].solved.solved, evidence[key].solved.n, accuracy(evidence[key].mean("test_value"))]
        for key, label in ARMS.items()
    ]
    heads = ["Recurrent weight at the start", "Solved", "Seeds", "Mean accuracy"]
    notes = [
        "`recurrent_gain=0.5` halves the recurrent matrix; data and protocol are the same, the draws are others. "
        f"{CORRECTED}"
    ]
    return Block("accident", "The accident of the orthogonal matrix", sentences, notes, [_figure(evidence)],
                 [table("accident", f"Vanilla RNN, T={MIDDLE}.", heads, rows)])  # fmt: skip


def _outer_quarters(values: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The places of the smallest quarter and of the largest."""
    order, quarter = np.argsort(values), len(values) // 4
    return order[:quarter], order[-quarter:]


def _side(ends: Floats) -> str:
    """Where seeds from ±½ end, as seen from one."""
    below = int((ends < 1).sum())
    where = "all end below one" if below == len(ends) else f"{below} of {len(ends)} end below one"
    return f"{where}, at {ends.min():.2f} to {ends.max():.2f}"


def _figure(evidence: Evidence) -> Figure:
    blue, red = SERIES_COLOURS[0][0], SERIES_COLOURS[1][0]
    with canvas.panels(1, 1, 2.4) as (drawing, axes):
        panel = axes[0][0]
        panel.axhline(1, color=FAINT, dashes=(2, 2))
        for key, place in (("srnn half", 0.0), ("srnn middle", 1.0)):
            arm = evidence[key]
            ends, solved = np.abs(arm.parameter("recurrent", "final").ravel()), arm.successes
            aside = np.linspace(-0.25, 0.25, len(ends))[np.argsort(np.argsort(ends))]
            for value, colour, marker in ((True, blue, "o"), (False, red, "X")):
                chosen = solved == value
                panel.plot(place + aside[chosen], ends[chosen], marker, color=colour, markeredgewidth=0,
                           label=("solved" if value else "not solved") if place else None)  # fmt: skip
        panel.set_xticks([0, 1], ["from ±½", "from ±1"])
        panel.set_xlim(-0.5, 1.5)
        panel.set_ylabel("|w| after training")
        panel.legend(loc="upper left", fontsize=canvas.SMALL)
        svg = render(drawing, "accident")
    one, half = evidence["srnn middle"].solved, evidence["srnn half"].solved
    return Figure("accident", "Where the recurrent weight ends", "A point a seed. Above the dashed line it latches.",
                  f"Dot chart of |w| after training: from ±½ {half.solved} of {half.n} solved, from ±1 {one.solved} "
                  f"of {one.n}.",
                  svg)  # fmt: skip
