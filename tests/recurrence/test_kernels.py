"""The numba kernel against eager in float64: values and gradients, for shipped cells and for ones it never saw."""

import itertools
import os
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.parameters import resolve
from rnnbench.recurrence.choose import make_kernel
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.recurrence.numba_kernel import NumbaKernel
from rnnbench.registry import CELLS


class Halves(Cell):
    """A slice of the state, a division and two states of different width."""

    name, source = "halves", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.u = nn.Parameter(torch.empty(hidden + 1, hidden))
        self.v = nn.Parameter(torch.empty(hidden, 1))

    def initial_state(self, batch: int) -> State:
        return torch.zeros(batch, self.hidden), torch.ones(batch, 1)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h, n = state
        first = h[:, : (self.hidden + 1) // 2].mean(1, keepdim=True)
        new = torch.tanh(x @ self.w + torch.cat([h, n], dim=1) @ self.u) / (1 + n * n)
        n = 0.5 * n + torch.sigmoid(new @ self.v) * first
        return new, (new, n)


class Choosing(Cell):
    """A `where`, a maximum, a broadcast scalar weight, an operation on weights alone and a value without a gradient."""

    name, source = "choosing", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.decay = nn.Parameter(torch.empty(hidden))
        self.gain = nn.Parameter(torch.empty(()))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        (h,) = state
        a = x @ self.w
        b = torch.where(a > 0.1, a * self.gain, torch.relu(-a) - 0.3)
        h = torch.exp(-torch.exp(self.decay)) * h + torch.maximum(b, -0.5 * h.abs()) + torch.clamp(h, -0.1, 0.1)
        return torch.sin(h) * torch.cos(b.detach()), (0.7 * h,)


class Memory(Cell):
    """A matrix as state: an outer product is written, a product with it is read."""

    name, source = "memory", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.k = nn.Parameter(torch.empty(inputs, hidden))
        self.v = nn.Parameter(torch.empty(inputs, hidden))

    def initial_state(self, batch: int) -> State:
        return (torch.zeros(batch, self.hidden, self.hidden),)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        (s,) = state
        k, v = torch.nn.functional.softplus(x @ self.k), torch.log1p((x @ self.v) ** 2)
        s = 0.8 * s + v.unsqueeze(2) * k.unsqueeze(1) / (1 + k.sum(1, keepdim=True)).unsqueeze(2)
        return torch.sqrt(1 + torch.bmm(s, k.unsqueeze(2)).squeeze(2) ** 2), (s,)


class Tied(Cell):
    """Matrices and biases that are added two by two, one of each read once more, and a number that is read twice."""

    name, source = "tied", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.u, self.v = nn.Parameter(torch.empty(hidden, hidden)), nn.Parameter(torch.empty(hidden, hidden))
        self.a, self.b = nn.Parameter(torch.empty(hidden)), nn.Parameter(torch.empty(hidden))
        self.gain = nn.Parameter(torch.empty(1))

    def initial_state(self, batch: int) -> State:
        return (torch.zeros(batch, self.hidden), torch.zeros(batch, self.hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h, c = state
        c = 0.5 * c + 0.3 * torch.sin(h * self.a)
        h = torch.tanh(x @ self.w + h @ self.u + h @ self.v + c @ self.v + self.a + self.b + self.gain * h * self.gain)
        return h, (h, c)


class Unsupported(Cell):
    """An operation outside the closed set."""

    name, source = "unsupported", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h = torch.cumsum(x @ self.w + 0.5 * state[0], dim=1) * 0.1
        return h, (h,)


ODD: dict[str, type[Cell]] = {kind.name: kind for kind in (Halves, Choosing, Memory, Tied)}
KNOWN = [f"{name}:{like}" for name in ("srnn", "lstm", "gru") for like in ("keras2", "torch", "keras3")]
TEXTS = [*KNOWN, *ODD]
OTHERS = [
    *(name for name in CELLS if CELLS[name].by_step and name not in ("srnn", "lstm", "gru")),
    *("lstm:peephole=true,coupled=true", "ur_lstm:u", "antisymmetric:gated=true"),
]
"""Every other shipped cell, and options that change the equations."""
GRID: dict[str, list[Any]] = {
    "text": TEXTS,
    "hidden": [1, 2, 3, 8, 16, 33, 64],
    "batch": [1, 5, 16, 33],
    "longest": [1, 2, 17, 60, 300],
    "members": [1, 3, 7],
    "inputs": [1, 2],
}


def pairwise(seed: int, grid: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """A small sample of ``grid`` in which every pair of values of two axes meets (`memory` stops at 16 units)."""
    rng, names = random.Random(seed), list(grid)
    missing = {
        ((a, i), (b, j))
        for a, b in itertools.combinations(names, 2)
        for i in range(len(grid[a]))
        for j in range(len(grid[b]))
    }
    chosen = []
    while missing:
        tries = [{name: rng.randrange(len(grid[name])) for name in names} for _ in range(60)]
        best = max(tries, key=lambda point: len(_pairs(point) & missing))
        missing -= _pairs(best)
        point = {name: grid[name][place] for name, place in best.items()}
        chosen.append(point | {"hidden": min(point["hidden"], 16 if point["text"] == "memory" else 64)})
    return chosen


def _pairs(point: dict[str, int]) -> set[tuple[tuple[str, int], tuple[str, int]]]:
    return set(itertools.combinations(point.items(), 2))


def make(text: str, inputs: int, hidden: int) -> Cell:
    if text in ODD:
        return ODD[text](inputs, hidden)
    resolved = resolve(CELLS, text)
    cell: Cell = CELLS[resolved.name](inputs, hidden, **resolved.parameters)
    return cell


def both(kernel: Any, weights: dict[str, Tensor], inputs: Tensor, lengths: Tensor) -> list[Tensor]:
    """Outputs at three steps, then gradients of a weighted sum of them to weights and inputs."""
    dtype = inputs.dtype
    own = {name: value.to(dtype).requires_grad_() for name, value in weights.items()}
    x = inputs.clone().requires_grad_()
    last = len(x) - 1
    wanted = sorted({0, last // 2, last})
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


FULL = pairwise(0, GRID)
SMALL = [next(point for point in FULL if point["text"] == text and point["hidden"] <= 8) for text in TEXTS]
if "RNNBENCH_FULL" in os.environ:
    SAMPLE = [*FULL, *pairwise(1, GRID | {"text": OTHERS, "hidden": [1, 2, 8, 33]})]
else:
    SAMPLE = SMALL
"""All pairs in the nox session ``kernels``; here a small one for each known cell, shipped ones in one precision. The
others are compiled by the check ``kernel`` in ``tests/contract``, and interpreted in ``test_shipped_cells``."""


@pytest.mark.parametrize("point", SAMPLE, ids=lambda point: "-".join(map(str, point.values())))
def test_equals_eager(point: dict[str, Any]) -> None:
    whole = "RNNBENCH_FULL" in os.environ or point["text"] in ODD
    single = point["text"] in TEXTS and TEXTS.index(point["text"]) % 2 == 0
    precisions = {"32", "64"} if whole else {"32"} if single else {"64"}
    compare(precisions, NumbaKernel, **point)


class SlightlyOff(NumbaKernel):
    """A kernel whose weights are wrong by one in ten thousand."""

    def __call__(self, parameters: dict[str, Tensor], *rest: Any) -> dict[int, Tensor]:
        return super().__call__({name: value * 1.0001 for name, value in parameters.items()}, *rest)


def test_a_kernel_that_is_off_is_found_however_far_is_asked() -> None:
    point: dict[str, Any] = {"text": "srnn:keras3", "hidden": 3, "batch": 5, "longest": 17, "members": 3, "inputs": 1}
    with pytest.raises(AssertionError, match="float32: "):
        compare({"32"}, SlightlyOff, **point)


def test_what_cannot_be_lowered_runs_eagerly_and_is_named() -> None:
    kernel = make_kernel("numba", Unsupported(1, 4), 3, 5, "cpu")
    assert isinstance(kernel, EagerKernel)
    assert "unsupported is not lowered: aten.cumsum.default is outside the supported operations" in kernel.reason
