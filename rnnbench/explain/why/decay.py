"""What forgets: the loss's gradient on its way back, before training."""

import numpy as np

from rnnbench.explain.gradients import Floats, fit_decay, state_gradients
from rnnbench.explain.why.arms import LONG, Evidence
from rnnbench.explain.why.words import power
from rnnbench.report import canvas
from rnnbench.report.article import Block, table
from rnnbench.report.palette import looks
from rnnbench.report.svg import Figure, render

CURVES = {
    "srnn": "vanilla RNN, ±1", "lstm": "LSTM of 2018", "lstm sigmoid": "LSTM, sigmoid", "gru": "GRU of 2018",
    "lstm repaired": "LSTM repaired", "gru repaired": "GRU repaired",
}  # fmt: skip
SEQUENCES = 16
HARD_SIGMOID_OF_ONE = 0.2 * 1 + 0.5
"""The forget gate of Keras 2 before training: clip(0.2 x + 0.5, 0, 1) at the unit forget bias."""


def decay_block(evidence: Evidence) -> Block:
    """Decay of the gradient with respect to the state, step by step back from the answer, at T=200."""
    norms = {key: np.median(state_gradients(evidence[key].models("initial"), SEQUENCES), axis=1) for key in CURVES}
    decays = {key: fit_decay(values) for key, values in norms.items()}
    ratio = {key: float(values[0] / values[-2]) for key, values in norms.items()}
    lstm, gru, rnn, fixed = (decays[key] for key in ("lstm", "gru", "srnn", "lstm repaired"))
    sentences = [
        f"Before training a step back multiplies the LSTM's gradient by {lstm.per_step:.3f}; the forget gate of 2018, "
        f"hard_sigmoid(1), gives {HARD_SIGMOID_OF_ONE:.2f} of it, the loop through the output the rest. That is a "
        f"memory of {lstm.time_constant:.1f} steps. At the first input of {LONG} steps, where the bit is, "
        f"{power(ratio['lstm'])} of the gradient is left: nothing tells the gate to open.",
        f"The GRU keeps {gru.per_step:.3f} a step ({gru.time_constant:.1f} steps); of its gradient "
        f"{power(ratio['gru'])} arrives.",
        f"The vanilla RNN that starts at ±1 keeps {rnn.per_step:.3f} a step, and {power(ratio['srnn'])} arrives: "
        f"little, but {power(ratio['srnn'] / ratio['lstm'])} times as much as in the LSTM.",
        f"With the forget gate at sigmoid(log {LONG - 1}) = {1 - 1 / LONG:.3f} the LSTM keeps {fixed.per_step:.4f} a "
        f"step and {power(ratio['lstm repaired'])} arrives.",
    ]
    rows: list[list[str | float | int | None]] = [
        [label, decays[key].per_step, decays[key].time_constant, power(ratio[key])] for key, label in CURVES.items()
    ]
    heads = ["Cell", "Decay a step", "Time constant", "Arrives"]
    caption = "Medians over seeds and sequences. Arrives: norm at the first step over that at the last but one."
    notes = [
        "Norm of d(loss)/d(state after step t) by automatic differentiation in float64, over the sequences of the test "
        "stream; the decay is the median slope of its logarithm (Theil-Sen)."
    ]
    return Block(
        "forgets", "What forgets", sentences, notes, [_figure(norms)], [table("forgets", caption, heads, rows)]
    )


def _figure(norms: dict[str, Floats]) -> Figure:
    drawn = looks(CURVES)
    least = 1e-40
    with canvas.panels(1, 1, 2.9) as (drawing, axes):
        panel = axes[0][0]
        ends = {}
        for key, values in norms.items():
            back = len(values) - 1 - np.arange(len(values))
            shown = values > least
            panel.plot(back[shown], values[shown], color=drawn[key].colour, linestyle=drawn[key].dash)
            ends[CURVES[key]] = (float(max(values[0], least)), drawn[key].colour)
        panel.set_yscale("log")
        panel.set_ylim(least, 10)
        panel.set_xlim(0, LONG)
        panel.set_xlabel("steps before the answer")
        panel.set_ylabel("norm of the gradient")
        canvas.label_ends(panel, ends, 2.6)
        svg = render(drawing, "forgets")
    told = ", ".join(f"{label} {power(float(norms[key][0]))}" for key, label in CURVES.items())
    return Figure(
        "forgets", "The gradient on its way back", "Before training, medians over seeds; logarithmic, cut at 1e-40.",
        f"Line chart of the norm of the loss gradient against steps before the answer. At the first step: {told}.", svg,
    )  # fmt: skip
