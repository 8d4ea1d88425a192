"""A kernel against eager in float64: values and gradients, at a point of a grid."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from rnnbench.cell import Cell
from rnnbench.parameters import resolve
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.registry import CELLS
from tests.recurrence.odd_cells import ODD


def make(text: str, inputs: int, hidden: int) -> Cell:
    if text in ODD:
        return ODD[text](inputs, hidden)
    resolved = resolve(CELLS, text)
    cell: Cell = CELLS[resolved.name](inputs, hidden, **resolved.parameters)
    return cell


def both(kernel: Any, weights: dict[str, Tensor], inputs: Tensor, lengths: Tensor) -> list[Tensor]:
    """Outputs at up to three steps, of odd lengths not the first, then gradients of a weighted sum of them."""
    dtype = inputs.dtype
    own = {name: value.to(dtype).requires_grad_() for name, value in weights.items()}
    x = inputs.clone().requires_grad_()
    last = len(x) - 1
    wanted = sorted({0 if last % 2 else (last + 1) // 3, last // 2, last})
    outputs = kernel(own, x, lengths, int(lengths.min()), wanted)
    made = torch.stack([outputs[step] for step in wanted])
    alive = torch.stack([lengths > step for step in wanted]).unsqueeze(-1)
    made = torch.where(alive, made, 0.0)
    generator = torch.Generator().manual_seed(1)
    scale = torch.randn(made.shape, generator=generator, dtype=torch.float64).to(made)
    gradients = torch.autograd.grad((made * scale).sum(), [*own.values(), x], allow_unused=True)
    filled = [
        torch.zeros_like(value) if gradient is None else gradient
        for value, gradient in zip([*own.values(), x], gradients, strict=True)
    ]
    return [made.detach().double().cpu(), *(gradient.double().cpu() for gradient in filled)]


class Problem(NamedTuple):
    """Weights and sequences, and what comes of them in double precision."""

    cell: Cell
    weights: dict[str, Tensor]
    inputs: Tensor
    lengths: Tensor
    exact: list[Tensor]
    """Outputs, then gradients."""
    largest: list[float]
    """Of outputs, and of all gradients: what an error is relative to."""

    def of(self, kernel: Any, dtype: torch.dtype) -> list[Tensor]:
        """What ``kernel`` makes of it in ``dtype``."""
        _, members, batch, _ = self.inputs.shape
        return both(kernel(self.cell.to(dtype), members, batch), self.weights, self.inputs.to(dtype), self.lengths)


def pose(*, text: str, hidden: int, inputs: int, members: int, batch: int, longest: int) -> Problem:
    """At a point of GRID."""
    rng = np.random.default_rng(hidden * 1000 + batch)
    cell = make(text, inputs, hidden)
    weights = {
        name: torch.from_numpy(rng.normal(size=(members, *p.shape)) / (1 + hidden) ** 0.5).float().double()
        for name, p in cell.named_parameters()
    }
    x = torch.from_numpy(rng.normal(size=(longest, members, batch, inputs))).float().double()
    lengths = torch.from_numpy(rng.integers(1, longest + 1, size=(members, batch)))
    lengths[0, 0] = longest
    cell.reset_parameters(np.random.default_rng(0))
    exact = both(EagerKernel(cell.double(), members, batch), weights, x, lengths)
    outputs, *gradients = (max(float(each.abs().max()), 1e-3) if each.numel() else 1e-3 for each in exact)
    return Problem(cell, weights, x, lengths, exact, [outputs, *[max(gradients)] * len(gradients)])


def compare(precisions: set[str], kernel: Any, **point: Any) -> None:
    """``kernel`` in each of ``precisions`` against eager in float64, at a point of GRID."""
    problem = pose(**point)
    if "64" in precisions:
        for exact, high, scale in zip(problem.exact, problem.of(kernel, torch.float64), problem.largest, strict=True):
            assert error(high, exact) <= 1e-10 * scale, f"float64: {error(high, exact)} of {scale}"
    if "32" in precisions:
        eager, single = (problem.of(each, torch.float32) for each in (EagerKernel, kernel))
        every = zip(problem.exact, eager, single, problem.largest, strict=True)
        for place, (exact, plain, fused, scale) in enumerate(every):
            allowed = max(1e-5 * scale, 4 * error(plain, exact))
            if error(fused, exact) > allowed:  # ask further: eager may have been lucky
                allowed = max(error(other[place], exact) for other in half_a_unit_off(problem))
            assert error(fused, exact) <= allowed, f"float32: {error(fused, exact)} of {scale}, allowed {allowed}"


def relative_error(kernel: Any, **point: Any) -> float:
    """How far ``kernel`` in single precision is off, at a point of GRID."""
    problem = pose(**point)
    every = zip(problem.exact, problem.of(kernel, torch.float32), problem.largest, strict=True)
    return max(error(found, exact) / scale for exact, found, scale in every)


def half_a_unit_off(problem: Problem) -> Iterator[list[Tensor]]:
    """Four times what comes of numbers that single precision could hold instead, off by up to half a unit each.

    What that does to exact results says how well the problem itself is posed. A sequence of hundreds of steps whose
    gradients grow may be off by more than 1e-5 in any arithmetic, and one try of eager's says little of how much.
    """
    for seed in range(4):
        rng = np.random.default_rng(seed)

        def off(value: Tensor, rng: np.random.Generator = rng) -> Tensor:
            return value * (1 + 2.0**-24 * torch.from_numpy(rng.uniform(-1, 1, size=value.shape)))

        weights = {name: off(value) for name, value in problem.weights.items()}
        yield problem._replace(weights=weights, inputs=off(problem.inputs)).of(EagerKernel, torch.float64)


def error(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max()) if a.numel() else 0.0
