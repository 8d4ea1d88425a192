"""Random guessing beside the minimal problem of Bengio et al. 1994."""

from dataclasses import dataclass

import numpy as np

from rnnbench.explain.bengio_1994_settings import VARIANCE
from rnnbench.explain.minimal import Floats, Problem, guesses
from rnnbench.report.article import Block, table
from rnnbench.streams import stream

LENGTHS = (20, 50, 100)
REPORTED, DESCENT = 6, 1600
"""Mean number of guesses over 40 runs, and what is reported there for the paper's own methods; Schmidhuber &
Hochreiter 2001, web pages "guessing"."""
INPUTS = {"w and one input a class": 1, "w and three inputs a class": 3}


@dataclass(frozen=True)
class Guessing:
    """Guesses needed, a number for each run, by parameters and T."""

    needed: dict[tuple[str, int], Floats]
    sequences: int


def measure_guessing(quick: bool = False) -> Guessing:
    """Guess w and the inputs until all signs are right; s = 0.2 is a variance, as in the control's source."""
    runs = 200 if quick else 1000
    problem = Problem(20, noise=VARIANCE)
    return Guessing(
        {
            (name, length): guesses(
                Problem(length, noise=VARIANCE, inputs=inputs),
                runs,
                stream("explain", "bengio-1994", "guess", name, length),
            )
            for name, inputs in INPUTS.items()
            for length in LENGTHS
        },
        problem.sequences,
    )


def guessing_block(guessing: Guessing) -> Block:
    """The control."""
    name = next(iter(INPUTS))
    means = ", ".join(f"{guessing.needed[name, length].mean():.2f}" for length in LENGTHS)
    medians = ", ".join(f"{np.median(guessing.needed[name, length]):.3g}" for length in LENGTHS)
    lengths = ", ".join(map(str, LENGTHS))
    most = max(int(needed.max()) for needed in guessing.needed.values())
    slower = guessing.needed[name, LENGTHS[-1]].mean() / guessing.needed[name, LENGTHS[0]].mean()
    sentences = [
        f"Guessing w and one input for each class solves T = {lengths} after {means} guesses in the mean (median "
        f"{medians}): the last mean is {slower:.2f} times the first.",
        f"The worst of all runs needed {most:,} guesses.",
    ]
    first = guessing.needed[name, LENGTHS[0]]
    notes = [
        f"A guess draws every number uniformly from ±100; solved means right signs on {guessing.sequences} noisy "
        f"sequences of each class, {len(first):,} runs. Schmidhuber & Hochreiter 2001 report a mean of {REPORTED} "
        f"guesses over 40 runs, on a training set whose size they do not state, beside {DESCENT:,} for the "
        "paper's methods.",
        "Large weights saturate the unit and no noise of this size reaches it: that gradient descent fails here is a "
        "statement about gradient descent, not about the difficulty of the problem.",
    ]
    rows: list[list[str | float | int | None]] = [
        [kind, length, float(np.median(needed)), float(needed.mean()), int(needed.max())]
        for (kind, length), needed in guessing.needed.items()
    ]
    heads = ["guessed", "T", "median guesses", "mean guesses", "most"]
    return Block(
        "guessing", "Random guessing", sentences, notes, [], [table("guesses", "Guesses needed.", heads, rows)]
    )
