"""Does more time help? Twenty times the updates, and where they take the loop of each cell."""

from functools import cached_property
from typing import Any

import numpy as np
import torch

from rnnbench.explain.gradients import Floats
from rnnbench.explain.state_map import StateMap
from rnnbench.explain.why.arms import LONG, Arm, Evidence, Trained
from rnnbench.explain.why.words import CORRECTED, ahead, share, told
from rnnbench.report import canvas
from rnnbench.report.article import Block, Item, table
from rnnbench.report.palette import FAINT, SERIES_COLOURS
from rnnbench.report.svg import Figure, render
from rnnbench.report.tables import Entry
from rnnbench.stats.proportion import Proportion, wilson

EPOCHS, SEQUENCES = 100, 256
OPENS, OUTPUTS = 0, 3
"""Places of the input and the output gate among the LSTM's i, f, z, o."""
HOLDS = 0.99
"""A slope from here on keeps a state for as long as the sequence lasts, or for good."""
CELLS = {
    "srnn": ("vanilla RNN", "srnn:keras2"), "lstm": ("LSTM of 2018", "lstm:keras2"),
    "lstm sigmoid": ("LSTM, sigmoid", "lstm:keras3"), "gru": ("GRU of 2018", "gru:keras2"),
    "gru sigmoid": ("GRU, sigmoid", "gru:keras3"), "mgu": ("MGU", "mgu"),
}  # fmt: skip


def _long(key: str, learning_rate: float = 1e-2) -> Arm:
    label, cell = CELLS[key]
    return Arm(label, cell, learning_rate=learning_rate, epochs=EPOCHS, interval=5_000)


def _short(key: str) -> Arm:
    label, cell = CELLS[key]
    return Arm(label, cell, learning_rate=1e-2)


OTHER_RATES = {"slow": 1e-3, "faster": 3e-2}
PATIENCE = (
    {f"{key} short": _short(key) for key in CELLS}
    | {f"{key} long": _long(key) for key in CELLS}
    | {f"{key} long {name}": _long(key, rate) for key in CELLS for name, rate in OTHER_RATES.items()}
)
"""``short`` and ``long`` at 1e-2, ``long`` at rates on either side of it. What other sections train is trained once."""


class Rest:
    """What a step does to a state near nought, of every seed of an arm."""

    def __init__(self, trained: Trained) -> None:
        self.trained = trained

    @cached_property
    def before(self) -> Floats:
        """The slope before training, ``member``."""
        return self._slopes("initial")

    @cached_property
    def after(self) -> Floats:
        """The slope after training, ``member``."""
        return self._slopes("final")

    def spread(self, when: str) -> float:
        """The standard deviation of what the cell says at the end over sequences; the median of the seeds."""
        models = self.trained.models(when)
        with torch.no_grad():
            said = models.unroll(models.batch(SEQUENCES)).states[-1][0]
        return float(said.std(dim=1).median())

    def _slopes(self, when: str) -> Floats:
        """Real parts of the eigenvalue of ds'/ds that is largest in modulus, at nought and with no input."""
        models = self.trained.models(when)
        maps = (StateMap(models, member) for member in range(len(self.trained.trials)))
        values = [np.linalg.eigvals(of.jacobians(np.zeros((1, of.size)))[0]) for of in maps]
        return np.array([of_one[np.abs(of_one).argmax()].real for of_one in values])


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
    return Block("patience", "Does patience help?", [*_outcome(evidence), *_ways(evidence, rests)], notes,
                 [_figure(rests)], [table("patience", caption, heads, _rows(evidence, rests))])  # fmt: skip


def _outcome(evidence: Evidence) -> list[str]:
    found = {key: evidence[f"{key} long"].solved for key in CELLS}
    lstms = [key for key in evidence if key.startswith("lstm") and " long" in key]
    every = pooled([evidence[key].solved for key in lstms])
    lack = ": what the GRU lacked was time, the LSTM lacks more" if ahead(found["gru"], found["lstm"]) else ""
    return [
        f"With twenty times the updates and a learning rate of 1e-2 the vanilla RNN solves T={LONG} with "
        f"{share(found['srnn'])} of its seeds, the GRU of 2018 with {share(found['gru'])}, the LSTM of 2018 with "
        f"{share(found['lstm'])} (GRU and LSTM: {told(found['gru'], found['lstm'])}).",
        f"Of the LSTMs, with either gate and at rates of 1e-3, 1e-2 and 3e-2, {share(every)} solve it{lack}.",
    ]


def _ways(evidence: Evidence, rests: dict[str, Rest]) -> list[str]:
    short = Rest(evidence["lstm short"])
    bias = {when: evidence["lstm long"].parameter("bias.0", when) for when in ("initial", "final")}
    gates = [[float(np.median(bias[when][:, place])) for when in bias] for place in (OPENS, OUTPUTS)]
    solving = {key: rests[key].after[rests[key].trained.successes] for key in ("srnn", "gru", "mgu")}
    flips = {key: f"{(slopes < -1).sum()} of {len(slopes)}" for key, slopes in solving.items()}
    low, high = rests["lstm"].after.min(), rests["lstm"].after.max()
    return [
        f"At first all learn to be quiet: what reaches the answer is noise. The LSTM's output varies by "
        f"{short.spread('initial'):.2g} over sequences before training and by {short.spread('final'):.2g} after 2,500 "
        f"updates; the slope of a step at rest, which adds noise up, falls from {np.median(short.before):.2f} to "
        f"{np.median(short.after):.2f}.",
        f"A slope that goes on falling passes nought and comes below -1, where a unit latches again: it flips at every "
        f"step. So end, of those that solve, {flips['srnn']} vanilla RNNs, {flips['mgu']} MGUs and {flips['gru']} "
        f"GRUs; {(solving['gru'] > HOLDS).sum()} other GRUs end at {HOLDS} or more, with an update gate that holds.",
        f"The LSTM has another way to be quiet: it shuts its input and its output gate (b_i from {gates[0][0]:.2g} to "
        f"{gates[0][1]:.2f}, b_o from {gates[1][0]:.2g} to {gates[1][1]:.2f}). That takes the gain from its loop, "
        f"f + i·o·u_z, and the slope stays between {low:.2f} and {high:.2f}.",
    ]


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


def pooled(parts: list[Proportion]) -> Proportion:
    """Several arms as one."""
    return wilson(sum(part.solved for part in parts), sum(part.n for part in parts))


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
        "A line a seed, from its start to its end. Above the upper dashed line a unit latches, below the lower it "
        "latches and flips.",
        f"Dot chart of the slope at rest after training for six cells, medians {ends}.", svg,
    )  # fmt: skip
