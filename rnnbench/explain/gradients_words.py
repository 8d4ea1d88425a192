"""What ``rnnbench explain gradients`` says: sentences that are true whatever came out."""

from collections.abc import Sequence

import numpy as np

from rnnbench.explain.fade import EXPLODED, VANISHED, Fade, quartiles
from rnnbench.explain.gradients import Floats
from rnnbench.explain.gradients_seen import Seen
from rnnbench.stats.difference import LEVEL
from rnnbench.words import some

STEADY = 0.01
"""A norm that changes by no more than this share over the whole way keeps its size."""
FEW = 6
"""Fewer models than this cannot show a change at 5 %, whatever they do."""


def sentences(seen: Sequence[Seen]) -> list[str]:
    """One finding each: the decay, where it vanishes, on the way, what training changed, solved and not."""
    ends = [seen[0], seen[-1]] if len(seen) > 1 else [seen[0]]
    told = [sentence for own in ends for sentence in (course(own.when, own.answer), arrival(own.when, own.answer))]
    told += [_on_the_way(seen[1:-1]), _change(*ends) if len(ends) > 1 else "", _solved(ends[-1])]
    return [sentence for sentence in told if sentence]


def course(when: str, fade: Fade) -> str:
    """What a step back multiplies the gradient with, and what that means beside the length of the task."""
    start, distance = when.capitalize(), fade.distance
    if fade.nought.all():
        return f"{start} the gradient is exactly zero at every step, in all {some(fade.members, 'model')}."
    if np.isnan(fade.per_step):
        return f"{start} at most one step before the answer has a gradient, so that no decay can be fitted."
    fitted = _fitted(fade)
    none = f"; {fade.members - fitted} more have none to fit" if fitted < fade.members else ""
    low, middle, high = (decay(value) for value in fade.quartiles)
    spread = f"median of {some(fitted, 'model')}, quartiles {low} to {high}{none}" if fitted > 1 else f"one model{none}"
    return f"{start} a step back multiplies the gradient by {middle} ({spread}): {_meaning(fade, distance)}."


def _meaning(fade: Fade, distance: int) -> str:
    if abs(np.expm1(distance * np.log(fade.per_step))) <= STEADY:
        return f"it keeps its size to within {STEADY:.0%} over the {distance} steps back to the first"
    constant = abs(fade.time_constant)
    beside = f"{_long(constant)} steps, {_long(constant / distance)} times the {distance} back to the first"
    return f"it grows by e in {beside}" if fade.per_step > 1 else f"a time constant of {beside}"


def arrival(when: str, fade: Fade) -> str:
    """What is left of the gradient at the first step; in how many models it vanishes or explodes, and where."""
    if fade.nought.all() or fade.distance < 2:
        return ""
    vanished, exploded, nought = fade.vanished(), fade.exploded(), int(fade.nought.sum())
    middle, counted = quartiles(fade.arrives)[1], fade.members - nought
    of_those = f"median of {some(counted, 'model')}" if counted > 1 else "one model"
    start = (
        f"{when.capitalize()} the norm {fade.distance} steps before the answer is {middle:.2g} times that next to it "
        f"({of_those})"
    )
    if not vanished and not exploded:
        return f"{start}: the gradient neither vanishes nor explodes in any of {some(fade.members, 'model')}."
    ends = []
    if vanished:
        none = f" ({nought} of them without any)" if nought else ""
        where = _where("falls below", VANISHED, fade.vanished_after())
        ends.append(f"the gradient vanishes in {vanished} of {some(fade.members, 'model')}{none}{where}")
    if exploded:
        where = _where("passes", EXPLODED, fade.exploded_after())
        ends.append(
            f"{'' if vanished else 'the gradient '}explodes in {exploded} of {some(fade.members, 'model')}{where}"
        )
    return f"{start}: {', and '.join(ends)}."


def decay(value: float) -> str:
    """Four digits, or as many as show how far it is from 1."""
    return f"{value:.4g}" if abs(1 - value) > 1e-3 or value == 1 else f"{value:.7g}"


def _where(verb: str, bound: float, steps: Floats) -> str:
    if not len(steps):
        return ""
    low, high = float(steps.min()), float(steps.max())
    spread = "" if low == high else f" (median; from {low:.0f} to {high:.0f})"
    return f", where it {verb} {bound:g} of that {np.median(steps):g} step{'s' * (high > 1)} before the answer{spread}"


def _long(steps: float) -> str:
    """Three digits, never with an exponent that a thousands mark would do for."""
    return f"{steps:,.0f}" if 100 <= steps < 1e6 else f"{steps:.3g}"


def _fitted(fade: Fade) -> int:
    return int((~np.isnan(fade.decays)).sum())


def _typical(fade: Fade) -> str:
    """The median decay, and of how many models if not all have one."""
    of_those = f" (of {_fitted(fade)} of {some(fade.members, 'model')})" if _fitted(fade) < fade.members else ""
    return f"{decay(fade.per_step)}{of_those}"


def _on_the_way(seen: Sequence[Seen]) -> str:
    found = [f"{own.when} {_typical(own.answer)}" for own in seen if not np.isnan(own.answer.per_step)]
    return f"On the way the median decay a step is: {'; '.join(found)}." if found else ""


def _change(before: Seen, after: Seen) -> str:
    first, last = before.answer.per_step, after.answer.per_step
    most = all(2 * _fitted(own.answer) > own.answer.members for own in (before, after))
    if not (most and first < 1 and last < 1):
        return ""
    old, new, distance = before.answer.time_constant, after.answer.time_constant, after.answer.distance
    reach = f"{'at least' if new >= distance else 'less than'} the {distance} back to the first"
    p = _p_of_change(before.answer.decays, after.answer.decays)
    if p is None:
        return f"The time constant is {_long(old)} steps before training and {_long(new)} after, {reach}."
    verb = "does not show to change" if p >= LEVEL else "lengthens" if new > old else "shortens"
    test = f"Wilcoxon’s signed ranks, p = {p:.2g}"
    return f"Training {verb} the time constant: {_long(old)} steps before, {_long(new)} after ({test}), {reach}."


def _p_of_change(before: Floats, after: Floats) -> float | None:
    """That decays, model by model, change neither way; None where models are too few, or not the same."""
    from scipy.stats import wilcoxon

    if len(before) != len(after):
        return None
    change = (after - before)[~np.isnan(after - before)]
    if len(change) < FEW:
        return None
    return float(wilcoxon(change).pvalue) if change.any() else 1.0


def _solved(last: Seen) -> str:
    groups = [last.group(solved=solved) for solved in (True, False)]
    if not all(group.members and not np.isnan(group.per_step) for group in groups):
        return ""
    told = [f"{some(group.members, 'model')} that {did} the task: {_typical(group)}" for group, did in
            zip(groups, ("solved", "did not solve"), strict=True)]  # fmt: skip
    return f"Median decay a step {last.when} of the {'; of the '.join(told)}."
