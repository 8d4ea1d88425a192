"""Why a stored trial failed: nine causes, asked in the order in which one excludes the next.

1. *rule out of reach*: noise hides the answer so often that even the oracle does not meet the task's rule.
2. *diverged at a cliff*: the trial says so, or its loss jumped.
3. *gate that never opened*: no state ever depends on the input, so nothing else can be asked.
4. *too few updates*, *wrong sign of the recurrent weight*, *noise integrated*, *learning rate*, *capacity*: the trial
   is trained again with that one thing changed, and solves. Whether a change helps is known only by making it. More
   updates come first: what waiting mends needs no other cause; more units come last: they help with many things.
5. *vanished gradient*: nothing of that helps, and the gradient does not arrive at the first step.

A measurement that does not decide is told all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

from rnnbench.explain.again import (
    Attempt,
    with_flipped_feedback,
    with_learning_rate,
    with_more_units,
    with_more_updates,
    without_noise,
)
from rnnbench.explain.fade import VANISHED, Fade
from rnnbench.explain.gradients import Floats, fit_decay, state_gradients
from rnnbench.explain.stored import Stored
from rnnbench.store.row import Curve
from rnnbench.words import some

SEQUENCES = 32
FASTER = 10.0
"""How many times the learning rate, and what part of it, are tried."""
JUMP = 10.0
"""A loss so many times its least so far has fallen off a cliff."""
STILL = 1e-9
"""States that differ by less between sequences do not know what they were fed."""


@dataclass(frozen=True)
class Diagnosis:
    """A cause, and what speaks for it."""

    cause: str
    """``none`` for a success, ``unknown`` where no test decides."""
    evidence: list[str]
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def text(self) -> str:
        """One paragraph."""
        head = {"none": "Nothing is wrong.", "unknown": "None of the known causes explains this trial."}
        return " ".join([head.get(self.cause, f"The cause is: {self.cause}."), *self.evidence])


@dataclass(frozen=True)
class Measured:
    """What can be read off the models as they are."""

    spread: tuple[float, float]
    """The largest standard deviation of the state between sequences, before and after training."""
    fades: tuple[Fade, Fade]
    """The gradient, before and after training."""

    @property
    def decay(self) -> float:
        """A step, before training."""
        return fit_decay(self.fades[0].norms[:, 0]).per_step


def diagnose(stored: Stored, watch: Callable[[str], None] = lambda _: None) -> Diagnosis:
    """The cause of the trial's failure; ``watch`` is told what is being tried. Trains it again up to six times."""
    row = stored.row
    if row["success"] == 1:
        return Diagnosis(
            "none", [f"The trial solves its task: {row['metric']} {row['value']:.4g}, wanted {row['success_rule']}."]
        )
    found = _out_of_reach(stored) or _diverged(stored)
    if found:
        return found
    watch("measuring states and gradients")
    measured = measure(stored)
    if max(measured.spread) < STILL:
        return _shut(measured)
    return _by_attempts(stored, measured, watch)


def measure(stored: Stored) -> Measured:
    """States and gradients on test sequences, in float64."""
    models = [stored.models(when) for when in ("initial", "final")]
    fades = [Fade(state_gradients(own, SEQUENCES)) for own in models]
    spread = []
    for own in models:
        with torch.no_grad():
            states = own.unroll(own.batch(SEQUENCES)).states
        spread.append(max(float(part.std(dim=1).max()) for state in states for part in state))
    return Measured((spread[0], spread[1]), (fades[0], fades[1]))


def _out_of_reach(stored: Stored) -> Diagnosis | None:
    hidden = stored.trial.make_task().out_of_reach
    if not hidden:
        return None
    value = stored.row["value"]
    reached = "It diverged." if value is None or np.isnan(value) else f"The trial is right in {value:.4g}."
    return Diagnosis("a rule that is out of reach", [f"{hidden} {reached}"])


def _diverged(stored: Stored) -> Diagnosis | None:
    row = stored.row
    if row["status"] == "diverged":
        evidence = (
            f"At update {int(row['diverged_at']):,} of {int(row['updates']):,} training broke off: {row['reason']}."
        )
        return Diagnosis("diverged at a cliff", [evidence])
    curve = stored.curves.get("train_loss")
    jump = _jump(curve) if curve is not None else None
    if jump is None:
        return None
    update, before, after = jump
    evidence = (
        f"By update {update:,} the training loss had jumped from {before:.3g} to {after:.3g}, and it did not come back."
    )
    return Diagnosis("diverged at a cliff", [evidence])


def _jump(curve: Curve) -> tuple[int, float, float] | None:
    """Where the loss rose to ``JUMP`` times its least so far and stayed there to the end."""
    points: Floats = np.asarray(curve.points, dtype=np.float64)
    least = np.minimum.accumulate(points)
    if not len(points) or points[-1] < JUMP * least[-1]:
        return None
    first = int(np.argmax(points >= JUMP * least))
    return int(curve.updates[first]), float(least[first]), float(points[first])


def _shut(measured: Measured) -> Diagnosis:
    return Diagnosis(
        "gate that never opened",
        [
            "Whatever the input, the state is the same: between sequences it differs by at most "
            f"{measured.spread[0]:.1g} before training and {measured.spread[1]:.1g} after it, at every step. Nothing "
            "is let in, and no gradient says to let it in."
        ],
    )


def _by_attempts(stored: Stored, measured: Measured, watch: Callable[[str], None]) -> Diagnosis:
    """Change one thing after another until it solves."""
    tries: list[tuple[str, Callable[[], Attempt | None]]] = [
        ("too few updates", lambda: with_more_updates(stored.trial)),
        ("wrong sign of the recurrent weight", lambda: with_flipped_feedback(stored.models("initial"))),
        ("noise integrated", lambda: without_noise(stored.trial)),
        ("learning rate", lambda: with_learning_rate(stored.trial, FASTER)),
        ("learning rate", lambda: with_learning_rate(stored.trial, 1 / FASTER)),
        ("capacity", lambda: with_more_units(stored.trial)),
    ]
    attempts: list[Attempt] = []
    for cause, attempt in tries:
        watch(f"is it {cause}?")
        made = attempt()
        if made is None:
            continue
        attempts.append(made)
        if made.solved:
            return Diagnosis(cause, [_solves(stored, made), _others(attempts), _gradient(measured)], attempts)
    tried = ", ".join(f"{made.change} ({_value(made)})" for made in attempts)
    evidence = [_gradient(measured), f"Nothing that was tried solves it: {tried}."]
    return Diagnosis("vanished gradient" if measured.fades[0].vanished() else "unknown", evidence, attempts)


def _solves(stored: Stored, made: Attempt) -> str:
    row = stored.row
    return (
        f"With {made.change}, all else the same, it solves: {row['metric']} {_value(made)} in place of "
        f"{row['value']:.4g} (wanted {row['success_rule']})."
    )


def _others(attempts: list[Attempt]) -> str:
    """What the search leaves open."""
    before = f"{some(len(attempts) - 1, 'other change')} tried before did not" if attempts[1:] else "it was tried first"
    return f"That is the first change that does ({before}); what comes after it was not tried."


def _value(made: Attempt) -> str:
    return "diverged" if made.value is None else f"{made.value:.4g}"


def _gradient(measured: Measured) -> str:
    before, after = (float(fade.arrives[0]) for fade in measured.fades)
    vanished = measured.fades[0].vanished()
    told = "does not arrive" if vanished else "arrives"
    return (
        f"Before training the gradient {told} at the first step: {before:.2g} of it is left there "
        f"({measured.decay:.3g} a step; below {VANISHED:g} counts as vanished), after training {after:.2g}."
    )
