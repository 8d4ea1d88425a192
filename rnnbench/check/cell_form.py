"""Form: shapes, precision, and a state that is declared."""

import copy
import typing
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rnnbench.cell import Cell, Kind, State
from rnnbench.check.cell_subject import BATCH, CellSubject, normal, start
from rnnbench.check.description import described
from rnnbench.check.finding import Failure, Finding
from rnnbench.errors import STRANGE
from rnnbench.parameters import parameters_of
from rnnbench.registry import CELLS
from rnnbench.words import returned

OWN = {"_parameters", "_modules", "derived"}
"""What a module holds that is no hidden state: parameters are compared as tensors."""


def description(subject: CellSubject) -> Finding:
    """It has a first line, a source, a known kind, and presets that can be made."""
    if strays := set(subject.cls.initialisation) - set(parameters_of(subject.cls)):
        return Failure("wrong initialisation", f"`initialisation` names {sorted(strays)}, which are no parameters.")
    return described(CELLS, subject.cls, subject.resolved.name, typing.get_args(Kind))


@torch.no_grad()
def shapes(subject: CellSubject) -> Finding:
    """It builds at every size; a step returns an output ``batch hidden`` and the state in its initial shapes."""
    for shape, cell in subject.each():
        example = {"inputs": shape[0], "hidden": shape[1], "batch": BATCH}
        state: Any = start(cell, BATCH, normal(0, 1))
        if not isinstance(state, tuple) or any(part.dim() < 2 or len(part) != BATCH for part in state):
            return Failure("wrong state", "initial_state must return a tuple of tensors, each `batch width`.", example)
        made: object = cell.step(normal(0, BATCH, shape[0]), state)
        if not isinstance(made, tuple) or len(made) != 2:
            message = "a step must return the output and the new state, `return output, (state,)`."
            return Failure("wrong pair", message, {**example, "got": returned(made)})
        output, new = made
        before, after = ([tuple(part.shape) for part in parts] for parts in (state, new))
        if not isinstance(new, tuple) or before != after:
            message = "a step must return the state as a tuple, in the shapes of initial_state."
            return Failure("wrong state", message, {**example, "initial": before, "after a step": after})
        if tuple(output.shape) != (BATCH, shape[1]):
            message = "a step must return an output of shape `batch hidden`."
            return Failure("wrong output", message, {**example, "got": tuple(output.shape)})
        if not all(bool(part.isfinite().all()) for part in (output, *new)):
            return Failure("not finite", "a step on normal numbers gives NaN or infinity.", {**example, "seed": 0})
    return None


@torch.no_grad()
def state_size(subject: CellSubject) -> Finding:
    """``state_size`` counts what is carried from step to step."""
    for shape, cell in subject.each():
        _, state = cell.step(normal(0, 1, shape[0]), start(cell, 1, normal(0, 1)))
        carried = sum(part.numel() for part in state)
        if cell.state_size != carried:
            example = {"inputs": shape[0], "hidden": shape[1], "declared": cell.state_size, "carried": carried}
            return Failure("wrong state size", "`state_size` must count the floats of one sequence's state.", example)
    return None


@torch.no_grad()
def precision(subject: CellSubject) -> Finding:
    """Single precision in, single precision out; double in, double out."""
    for dtype in (torch.float32, torch.float64):
        for shape, cell in subject.each(dtype):
            x = normal(0, BATCH, shape[0], dtype=dtype)
            state: State = start(cell, BATCH, x)
            for number in range(2):
                output, state = cell.step(x, state)
                for name, part in (("output", output), *((f"state {k}", part) for k, part in enumerate(state))):
                    if part.dtype != dtype:
                        wanted, got = (str(kind).removeprefix("torch.") for kind in (dtype, part.dtype))
                        return Failure(
                            f"non-{wanted} output",
                            f"{name} must be {wanted} as parameters and inputs are; make constants in their precision.",
                            {"inputs": shape[0], "hidden": shape[1], "step": number, "input": wanted, name: got},
                        )
    return None


@torch.no_grad()
def state(subject: CellSubject) -> Finding:
    """All that a step remembers is in the state: it changes nothing else, and the same call gives the same result."""
    for shape, cell in subject.each():
        x, other = normal(0, BATCH, shape[0]), normal(1, BATCH, shape[0])
        began, noise = start(cell, BATCH, x), torch.get_rng_state()
        before, versions = _held(cell), [part._version for part in (x, *began)]
        first = cell.step(x, began)[0].detach().clone()
        if [part._version for part in (x, *began)] != versions:
            message = "a step must leave x and the state as they are, and changes them in place; compute new tensors."
            return Failure("changed input", message, {"inputs": shape[0], "hidden": shape[1]})
        cell.step(other, cell.step(other, began)[1])
        after = _held(cell)
        example: dict[str, Any] = {"inputs": shape[0], "hidden": shape[1], "batch": BATCH, "seed": 0}
        if not torch.equal(torch.get_rng_state(), noise):
            torch.set_rng_state(noise)
            return Failure("global randomness", "a step draws from torch's global generator.", example)
        again = cell.step(x, began)[0].detach()
        if changed := [name for name in after if name not in before or not _same(before[name], after[name])]:
            values = {f"{changed[0]} before": before.get(changed[0]), "after": after[changed[0]]}
            message = f"a step changes {changed[0]!r} of the module; carry it in the state that `step` returns."
            return Failure("undeclared state", message, example | {key: _told(value) for key, value in values.items()})
        if not torch.equal(first, again):
            message = "the same input and state give another output the second time; carry all memory in the state."
            return Failure("undeclared state", message, example | {"first": _told(first), "again": _told(again)})
    return None


def _held(cell: Cell) -> Mapping[str, Any]:
    """All that a cell holds beside its weights, copied: attributes and buffers of its modules, and of its class."""
    found: dict[str, Any] = {name: value.detach().clone() for name, value in cell.named_parameters()}
    for path, module in cell.named_modules():
        for name, value in vars(module).items():
            if name not in OWN and not name.endswith(("_hooks", "_hooks_with_kwargs")):
                found[f"{path}.{name}".lstrip(".")] = _copied(value)
    for name, value in vars(type(cell)).items():
        if not name.startswith("__") and not callable(value) and not isinstance(value, property | classmethod):
            found[f"{type(cell).__name__}.{name}"] = _copied(value)
    return found


def _copied(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    try:
        return copy.deepcopy(value)
    except STRANGE:  # what cannot be copied is compared with itself
        return value


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.shape == other.shape and torch.equal(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    try:
        return bool(one == other)
    except STRANGE:  # what cannot be compared, arrays say, is compared as text
        return repr(one) == repr(other)


def _told(value: Any) -> Any:
    if isinstance(value, Tensor):
        return [float(f"{number:.6g}") for number in value.flatten()[:6].tolist()]
    return value if isinstance(value, int | float | str | None) else repr(value)[:80]
