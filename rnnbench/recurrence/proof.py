"""Is a cell's graph what its step does? Asked before it is compiled: what a trace cannot see is then found.

Two steps on random numbers, of another batch size than was traced, from parameters that are moved a little: outputs,
states, and gradients of a random sum of them, by PyTorch and by the graph and its adjoint, node by node.
"""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rnnbench.cell import Cell
from rnnbench.recurrence.interpret import Array, joined, run
from rnnbench.recurrence.lower import Lowered
from rnnbench.recurrence.operations import NotLowered
from rnnbench.recurrence.step import call
from rnnbench.streams import stream

TIME, BATCH = 2, 3
MOVED = 0.1
"""Deviation of what is added to parameters and to the initial state: noughts, as many are, would hide much."""
TOLERANCE = 1e-3
"""Of the largest number of its kind: what a trace has missed is off by more, single precision by far less."""
SMALLEST = 1e-3
"""A largest number that is less is taken for this."""


def require_true(cell: Cell, lowered: Lowered) -> None:
    """Raise NotLowered if ``lowered`` computes something else than ``cell``'s step.

    Nothing is known of a step that raises an exception or gives NaN on such numbers: a run will tell of it.
    """
    try:
        off = differences(cell, lowered)
    except Exception:  # whatever a stranger's cell does
        return
    if wrong := [name for name, difference in off.items() if difference > TOLERANCE]:
        raise NotLowered(f"its graph has other {wrong[0]} than its step, in which is something that no trace sees")


@dataclass(frozen=True)
class Example:
    """A cell's step on some numbers, by PyTorch."""

    own: dict[str, Tensor]
    """Its parameters."""
    leaves: list[Tensor]
    """Those of them that are trained, inputs ``time batch feature``, parts of the initial state."""
    made: list[Tensor]
    """Outputs ``time batch hidden``, parts of the last state."""
    scales: list[Tensor]
    """What each of these is multiplied by in the loss."""

    @property
    def trained(self) -> dict[str, Tensor]:
        """Parameters by name, without the fixed ones."""
        return {name: value for name, value in self.own.items() if value.requires_grad}


@torch.enable_grad()
def differences(cell: Cell, lowered: Lowered) -> dict[str, float]:
    """By kind of result, the largest difference between step and graph, relative to the largest number."""
    cell = copy.deepcopy(cell)  # whatever it remembers stays as it was
    cell.reset_parameters(stream("proof", "start"))  # it may not have been: what lies in memory is no example
    example = _example(cell)
    trained, (x, *start) = example.trained, example.leaves[len(example.trained) :]
    pairs = zip(example.made, example.scales, strict=True)
    exact = gradients(torch.stack([(part * scale).sum() for part, scale in pairs]).sum(), example.leaves)
    weights = lowered.weights(*example.own.values(), *call(cell, "derive", example.own, {}).values())
    flat = torch.cat([value.reshape(-1) for value in weights])
    given, *last = example.scales
    with np.errstate(all="ignore"):
        got = run(lowered.step, _numbers(flat), _lanes_last(x), _joined(start), _lanes_last(given), _joined(last))
    back = gradients((flat * torch.from_numpy(got.weights).to(flat)).sum(), [*trained.values()]) if trained else []
    of_inputs, *of_state = exact[len(trained) :]
    off = {
        "outputs": _off(got.outputs, _lanes_last(example.made[0])),
        "states": _off(got.states, _joined(example.made[1:])),
        "gradients of its inputs": _off(got.inputs, _lanes_last(of_inputs)),
        "gradients of its state": _off(got.initial, _joined(of_state)),
    }
    for name, own, wanted in zip(trained, back, exact, strict=False):
        off[f"gradients of {name}"] = _off(_numbers(own), _numbers(wanted))
    return off


def _example(cell: Cell) -> Example:
    rng = stream("proof")

    def near(value: Tensor, deviation: float) -> Tensor:
        return value.detach() + deviation * torch.from_numpy(rng.normal(size=tuple(value.shape))).to(value)

    own = {name: near(value, MOVED).requires_grad_(name not in cell.fixed) for name, value in cell.named_parameters()}
    start = [near(part, MOVED).requires_grad_() for part in cell.initial_state(BATCH)]
    x = near(start[0].new_zeros(TIME, BATCH, cell.inputs), 1.0).requires_grad_()
    derived = call(cell, "derive", own, {})
    state, outputs = tuple(start), []
    for now in x:
        output, state = call(cell, "step", own, derived, now, state)
        outputs.append(output)
    made = [torch.stack(outputs), *state]
    leaves = [*(value for value in own.values() if value.requires_grad), x, *start]
    return Example(own, leaves, made, [near(torch.zeros_like(part), 1.0) for part in made])


def gradients(loss: Tensor, leaves: Sequence[Tensor]) -> list[Tensor]:
    """Of ``loss``, nought for leaves that it does not depend on."""
    found = torch.autograd.grad(loss, leaves, allow_unused=True)
    return [torch.zeros_like(leaf) if g is None else g for leaf, g in zip(leaves, found, strict=True)]


def _off(value: Array, wanted: Array) -> float:
    if not np.isfinite(wanted).all():
        return 0.0
    if not np.isfinite(value).all():
        return math.inf
    return float(np.abs(value - wanted).max(initial=0.0) / max(np.abs(wanted).max(initial=0.0), SMALLEST))


def _numbers(tensor: Tensor) -> Array:
    return tensor.detach().double().cpu().numpy()


def _joined(parts: Sequence[Tensor]) -> Array:
    return joined([_numbers(part) for part in parts])


def _lanes_last(tensor: Tensor) -> Array:
    return _numbers(tensor).transpose(0, 2, 1)
