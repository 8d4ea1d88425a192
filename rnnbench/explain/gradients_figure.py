"""The figure of ``rnnbench explain gradients``: norms against the steps before the answer."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rnnbench.explain.fade import CAP, VANISHED, Fade
from rnnbench.explain.gradients import Floats
from rnnbench.explain.gradients_seen import Seen
from rnnbench.report import canvas
from rnnbench.report.palette import looks
from rnnbench.report.svg import Figure, render

DECADES = 30
"""What is smaller than the largest norm by more powers of ten is not drawn."""
Panels = dict[str, dict[str, Fade]]


def gradients_figure(seen: Sequence[Seen]) -> Figure | None:
    """Median and quartiles over models, a line a moment; None where every gradient is nought."""
    shown = _panels(seen)
    quarters = [_quarters(fade) for lines in shown.values() for fade in lines.values()]
    positive = np.concatenate([each[each > 0] for each in quarters] or [np.empty(0)])
    if not len(positive):
        return None
    top = float(positive.max())
    bottom = min(max(float(positive.min()), top * 10.0**-DECADES), top / 30)
    drawn, name = looks(own.when for own in seen), "gradients"
    columns = len(shown) if len(shown) < 4 else 2
    rows = math.ceil(len(shown) / columns)
    with canvas.panels(rows, columns, 2.7 if columns < 3 else 2.3) as (drawing, axes):
        axes[0, 0].set_yscale("log")
        axes[0, 0].set_ylim(bottom / 2, top * 2)
        axes[0, 0].set_xlim(1, max(2, seen[0].answer.distance))
        axes[0, 0].xaxis.get_major_locator().set_params(integer=True, nbins=6)
        for place, (title, lines) in enumerate(shown.items()):
            panel = axes.flat[place]
            for when, fade in lines.items():
                _line(panel, fade, drawn[when], bottom)
            if len(shown) > 1:
                canvas.name_panel(panel, title, characters=72 // columns)
            if place % columns == columns - 1 or place == len(shown) - 1:
                canvas.label_ends(panel, _ends(panel, lines, {when: look.colour for when, look in drawn.items()}), 2.2)
        for panel in axes.flat[len(shown) :]:
            panel.set_visible(False)
        drawing.supxlabel("steps before the last answer", fontsize=8.5)
        drawing.supylabel("norm of the gradient", fontsize=8.5)
        svg = render(drawing, name)
    caption = (
        "Norm of d(loss)/d(state) on its way back. Line: median over models; band: quartiles; mark: where the median "
        f"first falls below {VANISHED:g} of its value next to the answer. Logarithmic."
    )
    return Figure(name, "The gradient on its way back", caption, _describe(seen), svg)


def _panels(seen: Sequence[Seen]) -> Panels:
    """All models; those that solve the task and those that do not, if there are both; the whole loss if it is more."""
    last = "last answer, " if seen[0].answers > 1 else ""
    panels: Panels = {f"{last}all models": {own.when: own.answer for own in seen}}
    groups = {solved: {own.when: own.group(solved=solved) for own in seen} for solved in (True, False)}
    if all(any(fade.members for fade in lines.values()) for lines in groups.values()):
        for solved, lines in groups.items():
            title = f"{last}those that solved it" if solved else f"{last}those that did not"
            panels[title] = {when: fade for when, fade in lines.items() if fade.members}
    whole = {own.when: own.every for own in seen if own.every is not None}
    return panels | ({f"loss of all {seen[0].answers} answers, all models": whole} if whole else {})


def _quarters(fade: Fade) -> Floats:
    """Quartiles over models of the norm, ``quartile time``; the answer's own step, where there is none, left out."""
    return np.asarray(np.quantile(np.minimum(fade.norms[:-1], CAP), [0.25, 0.5, 0.75], axis=1))


def _line(panel: Any, fade: Fade, look: Any, bottom: float) -> None:
    low, middle, high = _quarters(fade)
    back = np.arange(fade.distance, 0, -1)
    mark = "." if fade.distance < 3 else None
    shown = middle > 0
    panel.plot(back[shown], middle[shown], color=look.colour, linestyle=look.dash, marker=mark, clip_on=mark is None)
    panel.fill_between(
        back, np.maximum(low, bottom / 2), np.maximum(high, bottom / 2), color=look.colour, alpha=0.14, linewidth=0
    )
    below = np.flatnonzero(middle < VANISHED * middle[-1])
    if len(below) and middle[below[-1]] >= bottom:
        panel.plot(back[below[-1]], middle[below[-1]], look.marker, color=look.colour, markersize=4)


def _ends(panel: Any, lines: Mapping[str, Fade], colours: Mapping[str, str]) -> dict[str, tuple[float, str]]:
    """Where the lines end, as heights on an even axis; what is nought has no line, and its name says so."""
    low, high = panel.get_ylim()
    ends = {}
    for when, fade in lines.items():
        end = float(_quarters(fade)[1, 0])
        height = low + (high - low) * np.log(max(end / low, 1.0)) / np.log(high / low)
        ends[when if end > 0 else f"{when}: 0"] = (float(height), colours[when])
    return ends


def _describe(seen: Sequence[Seen]) -> str:
    told = []
    for own in seen:
        middle = _quarters(own.answer)[1]
        told.append(f"{own.when} {middle[-1]:.2g} one step before the answer and {middle[0]:.2g} at the first step")
    return f"Line chart of the median norm of the gradient against steps before the answer: {'; '.join(told)}."
