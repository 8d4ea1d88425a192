"""What an open forget gate alone does: the loop through the output stays in the way, and noise comes in too."""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from rnnbench.explain.gradients import Floats, fit_decay, state_gradients
from rnnbench.explain.why.arms import CHRONO, LONG, OPEN, SHUT, Evidence, Trained
from rnnbench.explain.why.words import share
from rnnbench.report import canvas
from rnnbench.report.article import Block, table
from rnnbench.report.palette import FAINT, SERIES_COLOURS
from rnnbench.report.svg import Figure, render
from rnnbench.stats.proportion import Proportion, wilson

SEQUENCES, GRADIENTS_OF = 200, 16
C, CANDIDATE = 1, 2
"""Places: of c among the parts of an LSTM's state, of the candidate z among its gates i, f, z, o."""
EDGES = (-math.inf, -0.3, 0.0, 0.1, 0.3, 0.6, math.inf)
"""Ranges of u_z that the table has."""
OUTPUT_GATE = 0.5
"""sigmoid(0), before training."""


@dataclass(frozen=True)
class Loop:
    """One arm before training: what a step does to c near nought, predicted and measured, seed by seed."""

    trained: Trained
    input_gate: float
    """At a zero input."""

    @cached_property
    def candidate_weight(self) -> Floats:
        """u_z: how the output feeds back into c, ``member``."""
        return self.trained.parameter("recurrent", "initial")[:, 0, CANDIDATE]

    @cached_property
    def predicted(self) -> Floats:
        """F + i o u_z: the derivative of c' = f c + i tanh(u_z o tanh(c)) at c = 0."""
        return np.asarray(expit(CHRONO) + self.input_gate * OUTPUT_GATE * self.candidate_weight)

    @cached_property
    def measured(self) -> Floats:
        """The decay of the gradient a step, ``member``."""
        norms = state_gradients(self.trained.models("initial"), GRADIENTS_OF)
        return np.array([fit_decay(column).per_step for column in norms.T])

    def solved_where(self, chosen: NDArray[np.bool_]) -> Proportion:
        """Of the seeds ``chosen``."""
        return wilson(int(self.trained.successes[chosen].sum()), int(chosen.sum()))

    def noise(self) -> tuple[float, float]:
        """The standard deviation of c within a class after the first step and after the last, in steps' noise."""
        models = self.trained.models("initial")
        batch = models.batch(SEQUENCES)
        with torch.no_grad():
            states = models.unroll(batch).states
        positive = batch.targets[-1].numpy() == 1
        c = np.stack([state[C].squeeze(-1).numpy() for state in (states[0], states[-1])])
        spread = [[row[positive[member]].std() for member, row in enumerate(part)] for part in c]
        first, last = np.median(spread, axis=1)
        return float(first), float(last)


def noise_block(evidence: Evidence) -> Block:
    """Why the forget gate alone is not enough: which seeds fail, and what their loop does."""
    opened = Loop(evidence["lstm open"], 0.5)
    repaired = Loop(evidence["lstm repaired"], float(expit(-CHRONO)))
    wrong, solved = opened.candidate_weight < 0, opened.trained.successes
    fits = np.abs(opened.measured - opened.predicted)[wrong].max()
    first, last = opened.noise()
    sentences = [
        f"With the forget gate open alone, T={LONG} is solved by {share(evidence['lstm open'].solved)}; with the "
        f"input gate shut as well by {share(evidence['lstm repaired'].solved)}.",
        f"Who can solve it goes with a sign: of the seeds whose output feeds back into the cell with u_z < 0, "
        f"{share(opened.solved_where(wrong))} solve; of the others {share(opened.solved_where(~wrong))}, whose u_z "
        f"has a median of {np.median(opened.candidate_weight[~wrong & solved]):.2f}; where they fail it is "
        f"{np.median(opened.candidate_weight[~wrong & ~solved]):.2f}.",
        "Around nought a step multiplies c by f + i·o·u_z, and with i = o = ½ a negative u_z undoes what the open "
        f"gate keeps: these seeds keep {opened.measured[wrong].min():.3f} to {opened.measured[wrong].max():.3f} a "
        f"step, within {fits:.1g} of that formula.",
        f"With i = {expit(-CHRONO):.3f} the loop is out of the way: all seeds keep {repaired.measured.min():.4f} to "
        f"{repaired.measured.max():.4f} a step.",
        f"The open input gate also adds up noise: within a class c varies {last / first:.1f} times as much after "
        f"{LONG} steps as after one (√{LONG} = {np.sqrt(LONG):.1f} for a perfect integrator).",
    ]
    heads = ["u_z at the start", "Seeds", "Solved", "95 %", "Predicted decay", "Measured"]
    rows = [_between(opened, low, high) for low, high in pairwise(EDGES)]
    notes = [
        f"`{OPEN}` against `{OPEN},{SHUT}`, both with the sigmoid and learning rate 1e-2. The gradient of a latched "
        "cell fades where its state sits, so for u_z > 0 the measured decay is that of the attractor, not of the loop "
        "at nought."
    ]
    found = table("noise", "Forget gate open, input gate as ever, by u_z; decays are medians.", heads, rows)
    return Block("noise", "What an open input gate does", sentences, notes, [_figure(opened, repaired)], [found])


def _between(loop: Loop, low: float, high: float) -> list[str | float | int | None]:
    """A row for the seeds whose u_z lies in a range."""
    chosen = (loop.candidate_weight >= low) & (loop.candidate_weight < high)
    solved = loop.solved_where(chosen)
    medians = [float(np.median(decay[chosen])) if solved.n else None for decay in (loop.predicted, loop.measured)]
    where = f"below {high:g}" if np.isinf(low) else f"{low:g} or more" if np.isinf(high) else f"{low:g} to {high:g}"
    return [where, solved.n, solved.solved, f"{solved.low:.2f} to {solved.high:.2f}", *medians]


def _figure(opened: Loop, repaired: Loop) -> Figure:
    blue, red = SERIES_COLOURS[0][0], SERIES_COLOURS[1][0]
    with canvas.panels(1, 2, 2.4) as (drawing, axes):
        names = ("forget gate open", "and input gate shut")
        for panel, loop, name in zip(axes[0], (opened, repaired), names, strict=True):
            line = np.linspace(-1, 1, 3)
            panel.plot(line, expit(CHRONO) + loop.input_gate * OUTPUT_GATE * line, color=FAINT, zorder=1)
            for solved, colour, marker in ((True, blue, "o"), (False, red, "X")):
                chosen = loop.trained.successes == solved
                style = {"color": colour, "marker": marker, "linestyle": "none", "markeredgewidth": 0}
                panel.plot(loop.candidate_weight[chosen], loop.measured[chosen], **style,
                           label="solved" if solved else "not solved")  # fmt: skip
            panel.axvline(0, color=FAINT, linewidth=0.8)
            canvas.name_panel(panel, name)
        axes[0][0].set_ylim(0.7, 1.3)
        axes[0][0].legend(loc="upper left", fontsize=canvas.SMALL)
        drawing.supxlabel("u_z, the weight from output to candidate", fontsize=8.5)
        drawing.supylabel("decay a step", fontsize=8.5)
        svg = render(drawing, "noise")
    told = ", ".join(f"{loop.trained.solved.solved} of {loop.trained.solved.n} points" for loop in (opened, repaired))
    return Figure("noise", "The loop through the output", "Before training, a point a seed; grey: f + i·o·u_z.",
                  f"Scatter of the decay a step against u_z for two arms. Solved: {told}.", svg)  # fmt: skip
