"""The start: every parameter drawn, from the generator that is given."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from rnnbench.cell import derived_weights
from rnnbench.check.cell_subject import CellSubject, normal, start
from rnnbench.check.finding import Failure, Finding, Note, raised
from rnnbench.check.variation import differing, other_values
from rnnbench.errors import STRANGE, RnnbenchError
from rnnbench.parameters import parameters_of
from rnnbench.streams import stream

BATCH = 4


def reset(subject: CellSubject) -> Finding:
    """``reset_parameters`` draws every parameter from its generator alone."""
    for shape in subject.shapes:
        example: dict[str, Any] = {"inputs": shape[0], "hidden": shape[1], "seed": 0}
        first, second = _drawn(subject, shape, float("nan"), noise=1), _drawn(subject, shape, 7.0, noise=2)
        for name, value in first.items():
            if not bool(value.isfinite().all()):
                return Failure("parameter not drawn", f"reset_parameters leaves {name!r} as it was.", example)
            if not torch.equal(value, second[name]):
                message = f"{name!r} differs at the same seed: it depends on what was there or on a global generator."
                values = {"one": float(value.flatten()[0]), "other": float(second[name].flatten()[0])}
                return Failure("impure start", message, example | values)
        untouched = torch.get_rng_state()
        subject.bare(shape).reset_parameters(stream("check", 0))
        if not torch.equal(untouched, torch.get_rng_state()):
            torch.set_rng_state(untouched)
            return Failure("global randomness", "building or drawing moves torch's global generator.", example)
        third = _drawn(subject, shape, 7.0, noise=1, seed=1)
        if first and all(torch.equal(value, third[name]) for name, value in first.items()) and shape[1] > 1:
            return Failure("ignored seed", "two seeds start with the same weights.", example | {"other seed": 1})
        single = subject.ready(shape, torch.float32)
        for name, value in single.named_parameters():
            if not torch.equal(value.detach(), first[name].float()):
                return Failure("impure start", f"{name!r} drawn in float32 is not the float64 draw rounded.", example)
    return None


def _drawn(
    subject: CellSubject, shape: tuple[int, int], before: float, *, noise: int, seed: int = 0
) -> dict[str, Tensor]:
    """Parameters as drawn over ``before``, with torch's global generator set to ``noise`` meanwhile."""
    kept = torch.get_rng_state()
    torch.manual_seed(noise)
    try:
        cell = subject.bare(shape)
        with torch.no_grad():
            for parameter in cell.parameters():
                parameter.fill_(before)
        cell.reset_parameters(stream("check", seed))
    finally:
        torch.set_rng_state(kept)
    return {name: value.detach().clone() for name, value in cell.named_parameters()}


def initialisation(subject: CellSubject) -> Finding:
    """What ``initialisation`` names changes only how weights start: equal weights then step alike."""
    late: dict[str, None] = {}
    for name, field in parameters_of(subject.cls).items():
        for value in other_values(field.annotation, subject.resolved.parameters[name]):
            verdict = _compared(subject, {}, {name: value})
            if isinstance(verdict, Failure):
                return verdict
            if verdict is None:
                continue
            steps_alike, starts_alike = verdict
            if name in subject.cls.initialisation and not steps_alike:
                example = {"parameter": name, "value": subject.resolved.parameters[name], "other value": value}
                message = f"`initialisation` names {name!r}, but equal weights step differently with another value."
                return Failure("wrong initialisation", message, example)
            if name not in subject.cls.initialisation and steps_alike and not starts_alike:
                late[name] = None
    return Note(f"some values of {', '.join(late)} change only the start: `initialisation`?") if late else None


def parameters(subject: CellSubject) -> Finding:
    """Every parameter changes the step, the weights or their start."""
    unknown = []
    for name, field in parameters_of(subject.cls).items():
        values = other_values(field.annotation, subject.resolved.parameters[name])
        verdict = _effect(subject, name, values)
        if isinstance(verdict, Failure):
            return verdict
        if verdict is None:
            unknown.append(name)
        elif not verdict:
            return Failure(
                "silently ignored parameter",
                f"no value of {name!r} changes a step, the weights or their start; use it or remove it.",
                {"parameter": name, "value": subject.resolved.parameters[name], "tried": values, "seed": 0},
            )
    return Note(f"no other value of {', '.join(unknown)} could be guessed") if unknown else None


def _effect(subject: CellSubject, name: str, values: list[Any]) -> bool | Failure | None:
    """Whether one of ``values`` shows, beside the defaults or any preset or another value of its neighbours."""
    tried = False
    for base in _bases(subject, name):
        for one, other in differing(base, name, values):
            verdict = _compared(subject, one, other)
            if isinstance(verdict, Failure) or (verdict is not None and verdict != (True, True)):
                return verdict if isinstance(verdict, Failure) else True
            tried = tried or verdict is not None
    return False if tried else None


def _bases(subject: CellSubject, name: str) -> Iterator[dict[str, Any]]:
    yield from ({}, *map(dict, subject.cls.presets.values()))
    for other, field in parameters_of(subject.cls).items():
        if other != name:
            yield from ({other: value} for value in other_values(field.annotation, subject.resolved.parameters[other]))


def _compared(subject: CellSubject, one: dict[str, Any], other: dict[str, Any]) -> tuple[bool, bool] | Failure | None:
    """Whether both step alike and start alike; None where one of them is refused."""
    try:
        return _steps_alike(subject, other, one), _starts_alike(subject, other, one)
    except RnnbenchError:
        return None
    except STRANGE as error:  # a stranger's code may fail in any way
        return raised(error, other)


def _steps_alike(subject: CellSubject, changed: dict[str, Any], base: dict[str, Any]) -> bool:
    """Whether parameters have the same shapes and, with equal weights, the same step from the same state."""
    inputs, hidden = subject.shape
    results = []
    for values in (base, changed):
        cell = subject.cls(inputs, hidden, **{**subject.resolved.parameters, **values}).double()
        cell.reset_parameters(stream("check", 0))  # for what is held beside the parameters
        with torch.no_grad():
            for number, parameter in enumerate(cell.parameters()):
                parameter.copy_(0.5 * normal(number, *parameter.shape).abs() + 0.05)
        cell.derived = derived_weights(cell)
        x = normal(9, BATCH, inputs)
        state, outputs = start(cell, BATCH, x), []
        for _ in range(3):
            output, state = cell.step(x, state)
            outputs += [output.detach(), *(part.detach() for part in state)]
        results.append(([(name, tuple(p.shape)) for name, p in cell.named_parameters()], outputs))
    (names, ours), (other_names, theirs) = results
    return (
        names == other_names
        and len(ours) == len(theirs)
        and all(
            a.shape == b.shape and torch.equal(a.nan_to_num(7.0), b.nan_to_num(7.0))
            for a, b in zip(ours, theirs, strict=True)
        )
    )


def _starts_alike(subject: CellSubject, changed: dict[str, Any], base: dict[str, Any]) -> bool:
    """Whether drawing from the same seed gives the same weights."""
    drawn = []
    for values in (base, changed):
        cell = subject.cls(*subject.shape, **{**subject.resolved.parameters, **values}).double()
        cell.reset_parameters(stream("check", 0))
        drawn.append([parameter.detach() for parameter in cell.parameters()])
    return len(drawn[0]) == len(drawn[1]) and all(
        a.shape == b.shape and torch.equal(a, b) for a, b in zip(*drawn, strict=True)
    )
