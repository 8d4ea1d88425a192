"""Do cliffs in the loss landscape explain it? The landscape that the question shows, of both cells."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from rnnbench.explain.landscape import find_cliff, surface
from rnnbench.explain.landscape_figures import Landscape, maps
from rnnbench.explain.losses import Losses
from rnnbench.explain.plane import plane_of_parameters
from rnnbench.explain.subject import Subject
from rnnbench.explain.why.arms import MIDDLE, Evidence, Trained
from rnnbench.explain.why.words import share
from rnnbench.report.article import Block, table

PLANES = {"srnn middle": ("recurrent[0,0]", "bias.0[0]"), "lstm middle": ("bias.0[1]", "recurrent[0,2]")}
NAMES = {"srnn middle": "vanilla RNN", "lstm middle": "LSTM of 2018"}
FLAT = 0.01
"""Beside another steepest place, one this many times less steep is none."""
Span = tuple[tuple[float, float], tuple[float, float]]
LENGTHS = (10, 50, MIDDLE)
RANGES = {"srnn middle": ((0.5, -0.5), (2.0, 0.5))}
"""Where the plane is not centred at the weights: round the edge of latching."""
POINTS, SPAN, SEQUENCES = 121, 2.5, 16
"""``SPAN``: as far as 2,500 steps of 1e-3 could carry a weight."""


def landscapes(evidence: Evidence) -> dict[str, Landscape]:
    """Around trained weights of the vanilla RNN (a seed that latches) and of the LSTM, by arm."""
    return {key: _landscape(evidence[key], names, RANGES.get(key)) for key, names in PLANES.items()}


def is_plain(found: Mapping[str, Landscape]) -> bool:
    """Whether the LSTM's steepest place is no cliff beside the vanilla RNN's."""
    rnn, lstm = (found[key].cliffs[MIDDLE].steepness for key in PLANES)
    return lstm < FLAT * rnn


def in_short(evidence: Evidence, found: Mapping[str, Landscape]) -> str:
    """The answer's sentence."""
    rnn, lstm = (found[key].cliffs[MIDDLE].steepness for key in PLANES)
    learns = evidence["srnn middle"].solved.solved > evidence["lstm middle"].solved.solved
    verdict = "do not explain it" if is_plain(found) and learns else "are not ruled out"
    return (
        f"Where we looked, cliffs {verdict}: at T={MIDDLE} the steepest place of the loss has a slope of {rnn:.2g} for "
        f"the vanilla RNN, which solves {share(evidence['srnn middle'].solved)}, and of {lstm:.2g} for the LSTM, which "
        f"solves {share(evidence['lstm middle'].solved)}; of each one seed was looked at, in one plane (Do cliffs "
        "explain it?)."
    )


def cliff_block(found: Mapping[str, Landscape]) -> Block:
    """The steepest place around the trained weights."""
    rnn, lstm = (found[key].cliffs[MIDDLE] for key in PLANES)
    height = found["lstm middle"].heights[MIDDLE]
    differs = float(height.max() - height.min())
    sentences = [
        f"Around a seed of the vanilla RNN that latches T={MIDDLE} the steepest place has a slope "
        f"of {found['srnn middle'].cliffs[LENGTHS[0]].steepness:.2g} a unit at T={LENGTHS[0]} and of "
        f"{rnn.steepness:.2g} at T={MIDDLE}, at w = {rnn.a:.3f}, b = {rnn.b:.4f}. Near a latching unit's unstable "
        f"point a step multiplies a difference by about w, and w^{MIDDLE} is {rnn.a**MIDDLE:.1g}.",
        f"For the LSTM of 2018, within {SPAN:g} of where it ends (as far as its updates could carry it), in "
        f"forget bias and candidate weight, the loss differs by {differs:.2g} and is nowhere steeper than "
        f"{lstm.steepness:.2g} a unit, {lstm.steepness / rnn.steepness:.1g} of the vanilla RNN's: "
        f"{'it does not fall off a cliff, it stands on a plain' if is_plain(found) else 'it has cliffs as well'}.",
    ]
    rows: list[list[str | float | int | None]] = [
        [NAMES[key], length, cliff.steepness, float(seen.heights[length].max() - seen.heights[length].min())]
        for key, seen in found.items() for length, cliff in seen.cliffs.items()
    ]  # fmt: skip
    heads = ["Cell", "Length", "Steepest", "Range of the loss"]
    notes = [
        f"Planes through trained weights: {' and '.join(f'`{a}` by `{b}`' for a, b in PLANES.values())}; {POINTS} x "
        f"{POINTS} points on {SEQUENCES} sequences in float64, the steepest place refined beyond the grid. `rnnbench "
        "explain landscape` does it for any cell and plane."
    ]
    figures = [maps(seen, f"cliff-{key.split()[0]}") for key, seen in found.items()]
    return Block("cliff", "Do cliffs explain it?", sentences, notes, figures,
                 [table("cliff", "The steepest place on each plane.", heads, rows)])  # fmt: skip


def _landscape(trained: Trained, names: tuple[str, str], span: Span | None) -> Landscape:
    """Around the first seed that solved with a positive recurrent weight, or the first."""
    positive = trained.parameter("recurrent", "final").reshape(len(trained.trials), -1)[:, 0] > 0
    member = int(np.argmax(trained.successes & positive))
    subject = Subject((trained.trials[member],))
    weights = trained.weights("final")[member].numpy()
    losses = {length: Losses(subject, length, SEQUENCES) for length in LENGTHS}
    plane = plane_of_parameters(losses[MIDDLE].layout, weights, names, SPAN)
    plane = plane if span is None else replace(plane, low=span[0], high=span[1])
    heights = {length: surface(own, plane, POINTS) for length, own in losses.items()}
    cliffs = {length: find_cliff(own, plane, heights[length]) for length, own in losses.items()}
    path = np.stack([trained.weights(when)[member].numpy() for when in ("initial", "final")])
    return Landscape(plane, heights, cliffs, plane.coordinates(path))
