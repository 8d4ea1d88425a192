"""The page of ``rnnbench explain gradients``."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rnnbench.explain.gradients import SEQUENCES, Decay, Floats, fit_decay, state_gradients
from rnnbench.explain.subject import Subject
from rnnbench.report import canvas
from rnnbench.report.article import Block, table
from rnnbench.report.palette import looks
from rnnbench.report.svg import Figure, render

SHARES = {0.0: "before training", 0.1: "after a tenth", 0.5: "halfway", 1.0: "after training"}
"""When the gradient is looked at, as shares of the updates."""
VANISHED, EXPLODED = 1e-6, 1e3
"""Norm at the first step over the norm near the answer, beyond which it has vanished or exploded."""


@dataclass(frozen=True)
class Fade:
    """The gradient's norm on its way back, for each member that has finite weights."""

    norms: Floats
    """``time member``."""

    @property
    def decays(self) -> list[Decay]:
        """Fitted, a member each."""
        return [fit_decay(column) for column in self.norms.T]

    @property
    def per_step(self) -> float:
        """The median over members; NaN where no gradient is left to fit."""
        found = [decay.per_step for decay in self.decays if np.isfinite(decay.per_step)]
        return float(np.median(found)) if found else float("nan")

    @property
    def arrives(self) -> Floats:
        """Norm at the first step over the largest near the answer, ``member``; NaN where there is none."""
        peak = self.norms[-max(2, len(self.norms) // 20) :].max(axis=0)
        return np.asarray(np.where(peak > 0, self.norms[0] / np.where(peak > 0, peak, 1.0), np.nan))

    def vanished(self) -> int:
        """Members whose gradient does not arrive at the first step, all-zero ones included."""
        return int((~(self.arrives >= VANISHED)).sum())

    def exploded(self) -> int:
        """Members whose gradient grows on its way back."""
        return int((self.arrives > EXPLODED).sum())

    def reach(self) -> int | None:
        """Steps before the end at which the median member's gradient has vanished; None if it does not."""
        peak = self.norms[-max(2, len(self.norms) // 20) :].max(axis=0)
        small = np.median(self.norms / np.where(peak > 0, peak, 1.0), axis=1) < VANISHED
        small[-2:] = False
        return len(small) - 1 - int(np.flatnonzero(small).max()) if small.any() else None


def gradients_block(subject: Subject, *, sequences: int = SEQUENCES) -> Block:
    """How the loss's gradient with respect to the state fades, before, during and after training."""
    updates = {share: round(share * subject.updates) for share in SHARES}
    kept = subject.weights_after(updates.values())
    fades, left_out = {}, 0
    for share, update in updates.items():
        models = subject.models(kept[update])
        finite = models.flat.isfinite().all(dim=1)
        left_out = max(left_out, int((~finite).sum()))
        trials = [trial for trial, fine in zip(subject.trials, finite.tolist(), strict=True) if fine]
        if trials:
            chosen = Subject(tuple(trials), subject.kernel).models(kept[update][finite])
            fades[SHARES[share]] = Fade(state_gradients(chosen, sequences))
    heads = ["When", "Decay a step", "Time constant", "Arrives", "Vanished", "Exploded", "Models"]
    caption = (
        "Medians over models. Arrives: norm at the first step over the largest near the end; Vanished and Exploded: "
        f"models where that is below {VANISHED:g} or above {EXPLODED:g}."
    )
    notes = [
        "Norm of d(loss)/d(state after step t), all parts of the state together, by automatic differentiation in "
        f"float64; median over {sequences} sequences of the test stream. The decay is the median slope of its "
        "logarithm (Theil-Sen); the time constant, in steps, is -1 / ln(decay).",
        *([f"Models without finite weights, left out: {left_out}."] if left_out else []),
    ]
    name = "gradients"
    return Block(name, f"How the gradient fades: {subject.label}", _sentences(subject, fades), notes,
                 [_figure(fades, subject.trial.steps)], [table(name, caption, heads, _rows(fades))])  # fmt: skip


def _rows(fades: Mapping[str, Fade]) -> list[list[str | float | int | None]]:
    rows: list[list[str | float | int | None]] = []
    for when, fade in fades.items():
        arrives = fade.arrives[np.isfinite(fade.arrives)]
        rows.append([
            when, fade.per_step if np.isfinite(fade.per_step) else None, _constant(fade),
            float(np.median(arrives)) if len(arrives) else None, fade.vanished(), fade.exploded(), fade.norms.shape[1],
        ])  # fmt: skip
    return rows


def _constant(fade: Fade) -> float | None:
    found = Decay(fade.per_step).time_constant if np.isfinite(fade.per_step) and fade.per_step > 0 else float("nan")
    return found if np.isfinite(found) else None


def _sentences(subject: Subject, fades: Mapping[str, Fade]) -> list[str]:
    return [_told(when, fade, subject.trial.steps) for when, fade in fades.items()]


def _told(when: str, fade: Fade, steps: int) -> str:
    """One snapshot in a sentence, true whatever came out."""
    members = fade.norms.shape[1]
    if not np.isfinite(fade.per_step):
        return f"{when.capitalize()} no gradient reaches the state at any step: it is exactly zero in all {members}."
    constant = _constant(fade)
    if fade.per_step > 1:
        course = f"grows {fade.per_step:.4g}-fold a step on its way back"
    elif constant is None:
        course = "keeps its size on its way back"
    else:
        course = f"keeps {fade.per_step:.4g} a step on its way back, a memory of {constant:.3g} steps out of {steps}"
    reach = fade.reach()
    where = f", in the median {reach} steps before the end" if reach is not None else ""
    vanished, exploded = fade.vanished(), fade.exploded()
    ends = [f"it has vanished at the first step in {vanished} of {members} models{where}"] if vanished else []
    ends += [f"it explodes in {exploded}"] if exploded else []
    end = " and ".join(ends) or f"it arrives at the first step in all {members}"
    return f"{when.capitalize()} the gradient {course}; {end}."


def _figure(fades: Mapping[str, Fade], steps: int) -> Figure:
    """Median and quartiles of the norm against the steps before the end."""
    drawn = looks(fades)
    least = max(min((_least(fade) for fade in fades.values()), default=1e-12), 1e-60)
    with canvas.panels(1, 1, 2.9) as (drawing, axes):
        panel, ends = axes[0][0], {}
        for when, fade in fades.items():
            back = len(fade.norms) - 1 - np.arange(len(fade.norms))
            low, middle, high = np.quantile(fade.norms, [0.25, 0.5, 0.75], axis=1)
            shown = middle > 0
            colour = drawn[when].colour
            panel.plot(back[shown], middle[shown], color=colour, linestyle=drawn[when].dash)
            panel.fill_between(
                back, np.maximum(low, least), np.maximum(high, least), color=colour, alpha=0.13, linewidth=0
            )
            ends[when] = (float(max(middle[0], least)), colour)
        panel.set_yscale("log")
        panel.set_ylim(bottom=least)
        panel.set_xlim(0, max(1, steps - 1))
        panel.set_xlabel("steps before the end")
        panel.set_ylabel("norm of the gradient")
        canvas.label_ends(panel, ends, 2.6)
        svg = render(drawing, "gradients")
    told = "; ".join(f"{when} {np.median(fade.norms[0]):.2g} at the first step" for when, fade in fades.items())
    return Figure("gradients", "The gradient on its way back", "Medians over models; bands: quartiles. Logarithmic.",
                  f"Line chart of the norm of the gradient against steps before the end: {told}.", svg)  # fmt: skip


def _least(fade: Fade) -> float:
    """The smallest median that is not nought."""
    middle = np.median(fade.norms, axis=1)
    return float(middle[middle > 0].min()) if (middle > 0).any() else 1e-12
