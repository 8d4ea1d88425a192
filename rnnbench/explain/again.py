"""A trial trained again with one thing changed: whether that solves it is evidence that nothing else gives."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rnnbench.cell import Cell, State
from rnnbench.errors import RnnbenchError
from rnnbench.explain.models import Models
from rnnbench.grammar import write_value
from rnnbench.parameters import resolve
from rnnbench.recurrence.step import call
from rnnbench.registry import TASKS
from rnnbench.shapes import CELL
from rnnbench.train.fit import fit
from rnnbench.train.tile import Tile
from rnnbench.trial import Trial

MORE = 4
"""How many times the updates, or the units."""


@dataclass(frozen=True)
class Attempt:
    """What came of it."""

    change: str
    solved: bool
    value: float | None
    """The reported value; None if the model diverged."""


def with_more_updates(trial: Trial) -> Attempt:
    """``MORE`` times the updates. A constant schedule makes them the same first updates and then more."""
    protocol = trial.protocol
    key = "epochs" if protocol.epochs is not None else "updates"
    longer = protocol.model_copy(update={key: MORE * getattr(protocol, key), "interval": None})
    return _attempt(f"{MORE} times the updates", replace(trial, protocol=longer))


def with_learning_rate(trial: Trial, factor: float) -> Attempt:
    """``factor`` times the learning rate."""
    rate = factor * trial.protocol.learning_rate
    changed = trial.protocol.model_copy(update={"learning_rate": rate})
    return _attempt(f"a learning rate of {rate:g}", replace(trial, protocol=changed))


def with_more_units(trial: Trial) -> Attempt:
    """``MORE`` times the units; from another start, since there are other weights."""
    return _attempt(f"{MORE} times the units", replace(trial, hidden=MORE * trial.hidden))


def without_noise(trial: Trial) -> Attempt | None:
    """The task's ``noise`` at nought; None if it has no such parameter, or no noise."""
    parameters = trial.task.parameters
    if not isinstance(parameters.get("noise"), int | float) or not parameters["noise"]:
        return None
    told = ",".join(f"{key}={write_value(value)}" for key, value in {**parameters, "noise": 0.0}.items())
    return _attempt("no noise", replace(trial, task=resolve(TASKS, f"{trial.task.name}[{told}]")))


def with_flipped_feedback(models: Models) -> Attempt | None:
    """The same start with every weight from state to state negated; None if the cell has no such weights."""
    places = feedback(models)
    if not places:
        return None
    start = models.flat.clone()
    start[:, places] *= -1.0
    return _attempt("the recurrent weights negated", models.trials[0], start)


def feedback(models: Models) -> list[int]:
    """Places of the parameters that multiply the state: without a state they do nothing, with one they do.

    Vectors count only where no matrix does: a cell that keeps each gate's bias by itself would be misread otherwise.
    """
    cell = models.cell
    own, _ = models.layout.cut(models.flat[:1])
    parameters = {name: value[0].clone().requires_grad_() for name, value in own.items()}
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(4, cell.inputs, generator=generator, dtype=torch.float64)
    empty = tuple(torch.zeros_like(part, dtype=torch.float64) for part in cell.initial_state(4))
    full = tuple(torch.randn(part.shape, generator=generator, dtype=torch.float64) for part in empty)
    without, with_it = (_touched(cell, parameters, x, state) for state in (empty, full))
    found = with_it - without
    matrices = {name for name in found if parameters[name].dim() > 1}
    return _places(models, matrices or found)


def _touched(cell: Cell, parameters: dict[str, Tensor], x: Tensor, state: State) -> set[str]:
    """Parameters that the new state depends on, not counting what is derived from them: its sign is not theirs."""
    derived = {name: value.detach() for name, value in call(cell, "derive", parameters, {}).items()}
    _, new = call(cell, "step", parameters, derived, x, state)
    total = torch.stack([part.square().sum() for part in new]).sum()
    if not total.requires_grad:
        return set()
    slopes = torch.autograd.grad(total, tuple(parameters.values()), allow_unused=True)
    return {name for name, slope in zip(parameters, slopes, strict=True) if slope is not None and bool(slope.any())}


def _places(models: Models, names: set[str]) -> list[int]:
    found: list[int] = []
    place = 0
    for name, size in zip(models.layout.shapes, models.layout.sizes, strict=True):
        if name.startswith(CELL) and name.removeprefix(CELL) in names:
            found += range(place, place + size)
        place += size
    return found


def _attempt(change: str, trial: Trial, start: Tensor | None = None) -> Attempt:
    """Train ``trial``, from ``start`` (``1 parameter``) if it is given."""

    def begin(tile: Tile, update: int) -> None:
        if update == 1 and start is not None:
            with torch.no_grad():
                tile.flat[0] = start[0].to(tile.flat.dtype)

    try:
        (row,) = fit([trial], before_update=begin if start is not None else None)
    except RnnbenchError as error:  # a size that the cell does not have, say
        return Attempt(f"{change} ({error})", False, None)
    return Attempt(change, bool(row.success), row.value)
