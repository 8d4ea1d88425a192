"""How far 2,500 updates of Adam carry a bias, and how far it would have to go."""

import numpy as np

from rnnbench.explain.gradients import Floats
from rnnbench.explain.why.arms import CHRONO, LONG, Evidence, Trained
from rnnbench.report import canvas
from rnnbench.report.article import Block, table
from rnnbench.report.palette import FAINT, SERIES_COLOURS
from rnnbench.report.svg import Figure, render

ARMS = {
    "lstm": "LSTM of 2018, 1e-3", "lstm fast": "LSTM of 2018, 1e-2", "lstm sigmoid": "LSTM, sigmoid, 1e-3",
    "lstm repaired slow": "repaired LSTM, 1e-3", "lstm repaired": "repaired LSTM, 1e-2",
}  # fmt: skip
FORGET = 1
"""Place of the forget gate among i, f, z, o."""
HARD_OPEN, SIGMOID_OPEN = 2.5, CHRONO
"""Where a hard sigmoid is exactly one; where a sigmoid remembers T steps."""


def forget_bias(trained: Trained, when: str) -> Floats:
    """b_f, ``member``."""
    own, _ = trained.models(when).layout.cut(trained.weights(when))
    return np.asarray(sum(part[:, FORGET].numpy() for name, part in own.items() if name.startswith("bias")))


def budget_block(evidence: Evidence) -> Block:
    """Movement of the forget bias and of the farthest weight, at both learning rates."""
    rows: list[list[str | float | int | None]] = []
    moves = {}
    for key, label in ARMS.items():
        arm = evidence[key]
        before, after = forget_bias(arm, "initial"), forget_bias(arm, "final")
        farthest = np.abs((arm.weights("final") - arm.weights("initial")).numpy()).max(axis=1)
        moves[key] = after - before
        rows.append([label, float(np.median(before)), float(np.median(after)), float(np.abs(moves[key]).max()),
                     float(farthest.max()), f"{arm.solved.solved}/{arm.solved.n}"])  # fmt: skip
    slow, fast = np.abs(moves["lstm"]).max(), np.abs(moves["lstm fast"]).max()
    updates = evidence["lstm"].trials[0].protocol.total_updates
    sentences = [
        f"A step of Adam moves a weight by about the learning rate, so {updates:,} steps of 1e-3 carry it "
        f"about {updates * 1e-3:.1f}. The LSTM's forget bias starts at 1; it would have to come to {HARD_OPEN} for a "
        f"hard sigmoid that is fully open, to log {LONG - 1} = {SIGMOID_OPEN:.2f} for a sigmoid that remembers {LONG} "
        "steps.",
        f"In fact no seed moved it by more than {slow:.2f}: the gradient that arrives says nothing about the bit.",
        f"Ten times the learning rate moves it by up to {fast:.2f} and still {evidence['lstm fast'].solved.solved} of "
        f"{evidence['lstm fast'].solved.n} solve: the rate is not what is missing. Where the gate starts open, even "
        f"1e-3 is enough for {evidence['lstm repaired slow'].solved.solved} of "
        f"{evidence['lstm repaired slow'].solved.n}.",
    ]
    heads = ["Cell, learning rate", "b_f before", "b_f after", "Farthest move of b_f", "of any weight", "Solved"]
    return Block("budget", "The budget", sentences, [], [_figure(evidence, moves)],
                 [table("budget", "Medians over seeds; moves are the largest of any seed.", heads, rows)])  # fmt: skip


def _figure(evidence: Evidence, moves: dict[str, Floats]) -> Figure:
    blue, red = SERIES_COLOURS[0][0], SERIES_COLOURS[1][0]
    names = {True: "solved", False: "not solved"}
    with canvas.panels(1, 1, 2.6) as (drawing, axes):
        panel = axes[0][0]
        for place, key in enumerate(ARMS):
            before, solved = forget_bias(evidence[key], "initial"), evidence[key].successes
            aside = place + np.linspace(-0.3, 0.3, len(before))
            for value, colour, marker in ((True, blue, "o"), (False, red, "X")):
                chosen = solved == value
                panel.vlines(aside[chosen], before[chosen], (before + moves[key])[chosen], color=FAINT, zorder=1)
                panel.plot(aside[chosen], (before + moves[key])[chosen], marker, color=colour, markersize=4,
                           markeredgewidth=0, label=names[value] if not place else None)  # fmt: skip
        panel.set_xticks(range(len(ARMS)), [label.replace(", ", ",\n") for label in ARMS.values()])
        panel.set_ylabel("forget bias b_f")
        panel.axhline(SIGMOID_OPEN, color=FAINT, dashes=(2, 2))
        panel.axhline(HARD_OPEN, color=FAINT, dashes=(1, 2))
        panel.legend(loc="center left", fontsize=canvas.SMALL)
        svg = render(drawing, "budget")
    return Figure(
        "budget", "How far the forget bias moved",
        f"A line a seed, from its start to its end. Dashed: log {LONG - 1}; dotted: where a hard sigmoid is one.",
        "Dot chart of the forget bias after training for five settings; lines show where it started.", svg,
    )  # fmt: skip
