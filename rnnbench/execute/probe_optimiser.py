"""Does an optimiser keep its contract? Its rule on a few small members, together and alone."""

import torch
from torch import Tensor

from rnnbench.errors import RnnbenchError, guarded
from rnnbench.optimiser import Optimiser, Slots
from rnnbench.parameters import Resolved
from rnnbench.registry import OPTIMISERS
from rnnbench.streams import stream

MEMBERS, PARAMETERS, UPDATES = 3, 5, 3


def check_optimiser(optimiser: Resolved) -> str:
    """What is wrong with ``optimiser``; empty if nothing is."""
    name = f"optimiser {optimiser.label!r}"
    try:
        with guarded(f"{name} raises"):
            rule: Optimiser = OPTIMISERS[optimiser.name](**optimiser.parameters)
            complaint = _complaint(rule)
    except RnnbenchError as error:
        return str(error)
    return f"{name}: {complaint}" if complaint else ""


def _complaint(rule: Optimiser) -> str:
    everyone = _Some(rule, slice(0, MEMBERS))
    for t in range(1, UPDATES + 1):
        if complaint := everyone.advance(t):
            return complaint
    again = _Some(rule, slice(0, MEMBERS))
    for t in range(1, UPDATES + 1):
        again.advance(t)
    if not torch.allclose(everyone.p, again.p, rtol=0, atol=0, equal_nan=True):
        return "update must compute the same when called again: it draws random numbers, or remembers beside its slots."
    for member in range(MEMBERS):
        alone = _Some(rule, slice(member, member + 1))
        for t in range(1, UPDATES + 1):
            if complaint := alone.advance(t):
                return complaint
        if not torch.allclose(alone.p[0], everyone.p[member], rtol=1e-5, atol=1e-7, equal_nan=True):
            return (
                "update must do for a member what it does for it alone: it computes over members "
                "(sums go over parameters, with dim=1, keepdim=True)."
            )
    return ""


class _Some:
    """Some of the probe's members, with ordinary numbers; each has a learning rate of its own."""

    def __init__(self, rule: Optimiser, members: slice) -> None:
        numbers = stream("probe", "optimiser").normal(size=(1 + UPDATES, MEMBERS, PARAMETERS))
        drawn = torch.from_numpy(numbers).float()[:, members]
        self.p, *self._gradients = (one.clone() for one in drawn)  # views would count one another's changes
        self._rule = rule
        self._slots: Slots = {name: torch.zeros_like(self.p) for name in type(rule).slots}
        rate = torch.tensor([[0.01], [0.02], [0.03]])
        values = {name: float(getattr(rule, name)) for name in rule.numbers}
        self._h = {"learning_rate": rate[members]}
        self._h |= {name: torch.full_like(rate, value)[members] for name, value in values.items()}

    def advance(self, t: int) -> str:
        """One update; returns what is wrong with what the rule made of it."""
        p, g = self.p, self._gradients[t - 1]
        before = {"p": (p, p._version), "g": (g, g._version)}
        new: object = self._rule.update(p, g, self._slots, t, dict(self._h))
        for name, (tensor, version) in before.items():
            if tensor._version != version:
                return f"update must leave p and g as they are: it changes {name} in place; return a new tensor."
        if {*self._slots} != {*type(self._rule).slots}:
            kept, declared = (", ".join(sorted(names)) or "none" for names in (self._slots, type(self._rule).slots))
            return f"update must keep the slots that the class declares, {declared}, got {kept}."
        for name, value in {
            "what it returns": new,
            **{f"slot {name!r}": slot for name, slot in self._slots.items()},
        }.items():
            if complaint := _wrong(name, value, p):
                return complaint
        assert isinstance(new, Tensor), "anything else was complained of"
        self.p = new
        return ""


def _wrong(name: str, value: object, p: Tensor) -> str:
    if not isinstance(value, Tensor):
        return f"update: {name} must be a tensor like p, `member parameter`, got one {type(value).__name__}."
    if value.shape != p.shape or value.dtype != p.dtype:
        got, wanted = (f"{str(one.dtype).removeprefix('torch.')} {tuple(one.shape)}" for one in (value, p))
        return f"update: {name} must be like p, {wanted}, got {got}."
    return ""
