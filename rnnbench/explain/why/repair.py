"""The repair: gates that start open for as long as the bit must last, and how much of it a hard sigmoid can take."""

from typing import Any

import numpy as np
import torch

from rnnbench.explain.why.arms import CHRONO, LONG, Evidence, Trained
from rnnbench.explain.why.words import share
from rnnbench.report import canvas
from rnnbench.report.article import Block, Item, accuracy, table
from rnnbench.report.palette import FAINT, SERIES_COLOURS
from rnnbench.report.svg import Figure, render

ARMS = (
    "lstm", "lstm sigmoid", "lstm sigmoid fast", "lstm fast", "lstm hard", "lstm hard widest", "lstm open",
    "lstm repaired slow", "lstm repaired", "gru", "gru sigmoid", "gru sigmoid fast", "gru fast", "gru hard",
    "gru hard widest", "gru repaired slow", "gru repaired", "srnn",
)  # fmt: skip
SEQUENCES = 64
GATES = {"lstm hard": ("bias.0", 0, "the input gate"), "gru hard": ("bias.0", 1, "the update gate")}
"""Which number of which parameter is the bias of the gate that was set."""


def repair_block(evidence: Evidence) -> Block:
    """Every arm at T=200 as a ranked list with intervals."""
    lstm, gru = evidence["lstm repaired"].solved, evidence["gru repaired"].solved
    widest, also = evidence["lstm hard widest"], evidence["gru hard widest"]
    sentences = [
        f"With biases for {LONG} steps (b_f = -b_i = log {LONG - 1} = {CHRONO:.2f}, sigmoid gates, learning rate "
        f"1e-2) the one-unit LSTM latches T={LONG} with {share(lstm)} of the seeds; the GRU (update bias log "
        f"{LONG - 1}) with {share(gru)}.",
        f"With their defaults {share(evidence['lstm'].solved)} and {share(evidence['gru'].solved)} do, and a learning "
        f"rate of 1e-2 alone changes nothing: {evidence['lstm fast'].solved.solved} and "
        f"{evidence['gru fast'].solved.solved} solve; nor do sigmoid gates at that rate: "
        f"{evidence['lstm sigmoid fast'].solved.solved} and {evidence['gru sigmoid fast'].solved.solved}.",
        *(_hard(evidence[key], *GATES[key]) for key in GATES),
        f"Just inside its bounds of ±2.5 a hard sigmoid can learn, and keep some: with `{widest.arm.cell}` "
        f"{share(widest.solved)} solve, with `{also.arm.cell}` {share(also.solved)}. With a bias of 2.48 the forget "
        f"gate is {0.2 * 2.48 + 0.5:.3f}, which after {LONG} steps has kept {(0.2 * 2.48 + 0.5) ** LONG:.2f}.",
    ]
    ordered = sorted(ARMS, key=lambda key: (-evidence[key].solved.rate, -evidence[key].mean("test_value")))
    rows: list[list[Item]] = []
    for key in ordered:
        arm = evidence[key]
        interval = f"{arm.solved.low:.2f} to {arm.solved.high:.2f}"
        solved = f"{arm.solved.solved}/{arm.solved.n}"
        rows.append(
            [arm.arm.label, arm.arm.cell, arm.arm.learning_rate, solved, interval, accuracy(arm.mean("test_value"))]
        )
    heads = ["Setting", "Cell", "Learning rate", "Solved", "95 %", "Mean accuracy"]
    return Block("repair", "The repair", sentences, [], [_figure(evidence, ordered)],
                 [table("repair", f"The arms at T={LONG}, random split.", heads, rows)])  # fmt: skip


def _hard(trained: Trained, name: str, place: int, gate: str) -> str:
    """What the same bias does to a hard sigmoid: gradients of its bias, exactly zero or not."""
    slopes = {when: _bias_gradient(trained, when, name, place) for when in ("initial", "final")}
    bias = trained.parameter(name, "initial")[:, place]
    value = np.clip(0.2 * bias + 0.5, 0, 1)
    zero = int((slopes["initial"] == 0).sum())
    after = int((slopes["final"] == 0).sum())
    told = "exactly" if np.isin(value, (0.0, 1.0)).all() else "about"
    return (
        f"The hard sigmoid of 2018 cannot take that bias: {gate} of `{trained.arm.cell}` is {told} "
        f"{np.median(value):g} at a zero input, the gradient of its bias is exactly zero for {zero} of {len(bias)} "
        f"seeds before training and for {after} after, and {trained.solved.solved} of {trained.solved.n} solve."
    )


def _bias_gradient(trained: Trained, when: str, name: str, place: int) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """d(loss)/d(one bias), ``member``."""
    models = trained.models(when)
    flat = models.flat.clone().requires_grad_()
    loss = models.unroll(models.batch(SEQUENCES), flat).loss
    (gradient,) = torch.autograd.grad(loss.sum(), flat)
    own, _ = models.layout.cut(gradient)
    return np.asarray(own[name][:, place].numpy())


def _figure(evidence: Evidence, ordered: list[str]) -> Figure:
    blue = SERIES_COLOURS[0][0]
    with canvas.panels(1, 1, 3.6) as (drawing, axes):
        panel = axes[0][0]
        for place, key in enumerate(reversed(ordered)):
            share_of = evidence[key].solved
            panel.plot([share_of.low, share_of.high], [place, place], color=blue, alpha=0.5, linewidth=2)
            panel.plot(share_of.rate, place, "o", color=blue)
        panel.set_yticks(range(len(ordered)), [evidence[key].arm.label for key in reversed(ordered)])
        panel.set_xlim(-0.02, 1.02)
        panel.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "50 %", "", "100 %"])
        panel.set_xlabel(f"seeds that solve T={LONG}")
        panel.grid(axis="x")
        panel.axvline(0.9, color=FAINT, dashes=(2, 2))
        svg = render(drawing, "repair")
    told = ", ".join(
        f"{evidence[key].arm.label} {evidence[key].solved.solved} of {evidence[key].solved.n}" for key in ordered
    )  # fmt: skip
    return Figure("repair", f"Who latches a bit for {LONG} steps", "Bars: Wilson’s 95 % intervals. Dashed: 90 %.",
                  f"Dot chart of seeds that solve, with intervals: {told}.", svg)  # fmt: skip
