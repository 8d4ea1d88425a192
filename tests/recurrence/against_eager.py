"""A kernel against eager in float64: values and gradients, at a point of a grid."""

from collections.abc import Iterator
from typing import Any

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


def compare(precisions: set[str], kernel: Any, *, text: str, hidden: int, inputs: int, **size: int) -> None:
    """``kernel`` in each of ``precisions`` against eager in float64, at a point of GRID."""
    members, batch, longest = size["members"], size["batch"], size["longest"]
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
    reference = both(EagerKernel(cell.double(), members, batch), weights, x, lengths)
    outputs, *gradients = (max(float(exact.abs().max()), 1e-3) if exact.numel() else 1e-3 for exact in reference)
    largest = [outputs, *[max(gradients)] * len(gradients)]
    if "64" in precisions:
        double = both(kernel(cell.double(), members, batch), weights, x, lengths)
        for exact, high, scale in zip(reference, double, largest, strict=True):
            assert error(high, exact) <= 1e-10 * scale, f"float64: {error(high, exact)} of {scale}"
    if "32" in precisions:
        eager = both(EagerKernel(cell.float(), members, batch), weights, x.float(), lengths)
        single = both(kernel(cell.float(), members, batch), weights, x.float(), lengths)
        for place, (exact, plain, fused, scale) in enumerate(zip(reference, eager, single, largest, strict=True)):
            allowed = max(1e-5 * scale, 4 * error(plain, exact))
            if error(fused, exact) > allowed:  # ask further: eager may have been lucky
                model = EagerKernel(cell.double(), members, batch)
                allowed = max(error(both(model, *off, lengths)[place], exact) for off in half_a_unit_off(weights, x))
            assert error(fused, exact) <= allowed, f"float32: {error(fused, exact)} of {scale}, allowed {allowed}"


def half_a_unit_off(weights: dict[str, Tensor], inputs: Tensor) -> Iterator[tuple[dict[str, Tensor], Tensor]]:
    """Four times what single precision could hold instead, each number by up to half a unit in its last place.

    What that does to exact results says how well the problem itself is posed. A sequence of hundreds of steps whose
    gradients grow may be off by more than 1e-5 in any arithmetic, and one try of eager's says little of how much.
    """
    for seed in range(4):
        rng = np.random.default_rng(seed)

        def off(value: Tensor, rng: np.random.Generator = rng) -> Tensor:
            return value * (1 + 2.0**-24 * torch.from_numpy(rng.uniform(-1, 1, size=value.shape)))

        yield {name: off(value) for name, value in weights.items()}, off(inputs)


def error(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max()) if a.numel() else 0.0
