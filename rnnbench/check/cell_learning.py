"""Learning: gradients are right, reach every parameter, and the compiled kernel gives the same."""

from collections.abc import Mapping

import torch
from torch import Tensor

from rnnbench.cell import Cell
from rnnbench.check.cell_subject import BATCH, CellSubject, members, normal
from rnnbench.check.finding import Failure, Finding, Note
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.recurrence.numba_kernel import NumbaKernel
from rnnbench.recurrence.operations import NotLowered
from rnnbench.recurrence.step import Weights, call

TIME = 5
STEP = 1e-5
"""Of a central difference: its error is about the square, its rounding 1e-16 divided by it."""
POINTS = 3
"""Places at which gradients are compared: one may lie on a kink, a clipped gate say."""
TOLERANCE = 1e-6


def gradients(subject: CellSubject) -> Finding:
    """Gradients agree with finite differences in double precision."""
    worst: dict[str, tuple[float, float, int]] = {}
    right: set[str] = set()
    cell = subject.ready(subject.shape)
    names = [name for name, parameter in cell.named_parameters() if parameter.requires_grad]
    for point in range(POINTS):
        weights = _near(subject, point)
        slopes = _slopes(cell, weights, point)
        for name in set(names) - right:
            direction = normal(40 + point, *weights[name].shape)
            along = float((slopes[name] * direction).sum())
            ends = [_loss(cell, {**weights, name: weights[name] + e * direction}, point) for e in (STEP, -STEP)]
            measured = float(ends[0] - ends[1]) / (2 * STEP)
            if abs(along - measured) <= TOLERANCE * max(1.0, abs(measured)):
                right.add(name)
            else:
                worst[name] = (along, measured, point)
        if right.issuperset(names):
            return None
    name = next(name for name in names if name not in right)
    along, measured, point = worst[name]
    return Failure(
        "wrong gradient",
        f"the gradient of {name!r} is not the slope of the outputs; look for .detach(), .data or numpy in the step.",
        {"inputs": subject.shape[0], "hidden": subject.shape[1], "seed": point, "length": TIME}
        | {"gradient": along, "finite difference": measured},
    )


def reach(subject: CellSubject) -> Finding:
    """Every trainable parameter gets a gradient."""
    cell = subject.ready(subject.shape)
    idle = {name for name, parameter in cell.named_parameters() if parameter.requires_grad}
    for point in range(POINTS):
        slopes = _slopes(cell, _near(subject, point), point)
        idle = {name for name in idle if not bool(slopes[name].any())}
    if not idle:
        return None
    return Failure(
        "idle parameter",
        f"{min(idle)!r} changes no output within {TIME} steps: its gradient is zero; use it or remove it.",
        {"inputs": subject.shape[0], "hidden": subject.shape[1], "length": TIME, "idle": sorted(idle)},
    )


def _near(subject: CellSubject, seed: int) -> Weights:
    """Weights as drawn, a little aside: what starts at zero is moved off it."""
    cell = subject.ready(subject.shape, seed=seed)
    named = list(cell.named_parameters())
    return {
        name: value.detach() + 0.1 * normal(20 + number, *value.shape).clamp(-1, 1)
        for number, (name, value) in enumerate(named)
    }


def _loss(cell: Cell, weights: Weights, seed: int) -> Tensor:
    """Outputs over time, weighed by fixed random numbers."""
    derived: Mapping[str, Tensor] = call(cell, "derive", weights, {})
    x = 0.7 * normal(seed, TIME, BATCH, cell.inputs)
    state = tuple(part.double() for part in call(cell, "initial_state", weights, derived, BATCH))
    total = x.new_zeros(())
    for time, now in enumerate(x):
        output, state = call(cell, "step", weights, derived, now, state)
        total = total + (output * normal(60 + time, *output.shape)).sum()
    return total


def _slopes(cell: Cell, weights: Weights, seed: int) -> Weights:
    leaves = {name: value.clone().requires_grad_() for name, value in weights.items()}
    if not leaves:
        return {}
    loss = _loss(cell, leaves, seed)
    slopes = (
        torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
        if loss.requires_grad
        else (None,) * len(leaves)
    )
    return {
        name: torch.zeros_like(leaf) if slope is None else slope
        for (name, leaf), slope in zip(leaves.items(), slopes, strict=True)
    }


def kernel(subject: CellSubject) -> Finding:
    """The compiled kernel gives the outputs and gradients of plain PyTorch."""
    cells = [subject.ready(subject.shape, seed=seed) for seed in range(2)]
    try:
        fused = NumbaKernel(cells[0], len(cells), BATCH)
    except NotLowered as refusal:
        return Note(f"runs in plain PyTorch: {refusal}")
    x = normal(0, TIME, len(cells), BATCH, subject.shape[0])
    lengths = torch.tensor([[TIME, TIME - 1, TIME, TIME - 2]] * len(cells))
    results = []
    for made in (EagerKernel(cells[0], len(cells), BATCH), fused):
        weights = {name: value.requires_grad_() for name, value in members(cells).items()}
        outputs = made(weights, x, lengths, TIME - 2, [1, TIME - 1])
        last = torch.stack([outputs[1], outputs[TIME - 1] * (lengths == TIME).unsqueeze(2)])  # none after the end
        if last.requires_grad:  # a cell of which nothing is trained has no gradient
            (last * normal(30, *last.shape)).sum().backward()  # type: ignore[no-untyped-call]
        slopes = {f"gradient of {name}": value.grad for name, value in weights.items()}
        results.append(
            {"outputs": last.detach(), **{name: slope for name, slope in slopes.items() if slope is not None}}
        )
    eager, compiled = results
    for name, expected in eager.items():
        scale = max(1.0, float(expected.abs().max()))
        if not torch.allclose(compiled[name], expected, rtol=0, atol=1e-9 * scale):
            place = (compiled[name] - expected).abs().flatten().argmax()
            return Failure(
                "kernel unlike eager",
                f"{name} of the compiled kernel differ from plain PyTorch's: report it, and use --kernel eager.",
                {"inputs": subject.shape[0], "hidden": subject.shape[1], "seed": 0, "length": TIME}
                | {"eager": float(expected.flatten()[place]), "compiled": float(compiled[name].flatten()[place])},
            )
    return None
