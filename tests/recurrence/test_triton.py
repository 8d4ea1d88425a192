"""The CUDA kernel: interpreted against eager in float64, compiled without a device, and run where there is one."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from rnnbench.cell import Cell
from rnnbench.recurrence.choose import make_kernel
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.recurrence.limits import compiles
from rnnbench.recurrence.triton_kernel import Passes, TritonKernel
from tests.recurrence import grid, odd_cells
from tests.recurrence.against_eager import both, error, make
from tests.recurrence.odd_cells import Memory

pytest.importorskip("triton")
ODD = [*odd_cells.ODD, "carried"]
TEXTS = [*grid.TEXTS, "carried"]
SHARED_MEMORY = 227 * 2**10
"""Bytes a program may have on an H100."""
GRID: dict[str, list[Any]] = {
    "text": TEXTS,
    "hidden": [1, 2, 3, 8, 16, 33],
    "batch": [1, 5, 16, 33],
    "longest": [1, 2, 7],
    "members": [1, 2],
    "inputs": [1, 2],
}
FULL = [point for point in grid.pairwise(0, GRID) if (point["text"], point["hidden"]) != ("memory", 33)]
"""Interpreted, a step takes milliseconds: sequences are short, members few. A memory of 33 by 33 is too wide."""


SHAPES = [(2, 5, 7, 2, 2), (3, 5, 7, 2, 1), (8, 1, 3, 2, 2), (3, 33, 3, 1, 1)]
LARGER = [
    ("esn", 3, 5, 7, 2, 2),
    ("srnn:torch", 1, 33, 7, 2, 1),
    ("gru:keras2", 16, 16, 3, 2, 2),
    ("halves", 33, 5, 3, 1, 1),
]
SMALL = [*((text, *shape) for text, shape in zip(TEXTS, itertools.cycle(SHAPES), strict=False)), *LARGER]
SAMPLE = FULL if "RNNBENCH_FULL" in os.environ else [dict(zip(GRID, point, strict=True)) for point in SMALL]
WITHOUT_PRODUCTS = ("brc", "deltanet", "gla", "indrnn", "mamba", "mingru", "minlstm", "mlstm", "s4d")
"""Cells that multiply no matrix with a vector as long as their state."""
MULTIPLYING = [*grid.KNOWN, "halves", "tied", *(text for text in grid.OTHERS if text not in WITHOUT_PRODUCTS)]
Ask = Callable[..., Any]


def child(interpret: str) -> Iterator[Ask]:
    """A process that answers requests, in Triton's interpreter or not."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.recurrence.triton_child"],
        env=os.environ | {"TRITON_INTERPRET": interpret},
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None

        def ask(*request: Any) -> Any:
            print(json.dumps(request), file=stdin, flush=True)
            return json.loads(stdout.readline() or '"the process died"')

        yield ask
        process.kill()


@pytest.fixture(scope="module")
def interpreter() -> Iterator[Ask]:
    yield from child("1")


@pytest.fixture(scope="module")
def compiler() -> Iterator[Ask]:
    yield from child("0")


@pytest.mark.parametrize("point", SAMPLE, ids=lambda point: "-".join(map(str, point.values())))
def test_equals_eager(interpreter: Ask, point: dict[str, Any]) -> None:
    double = point["hidden"] <= 16 and ("RNNBENCH_FULL" in os.environ or point["text"] in ODD)
    assert interpreter("equal", ["32", "64"] if double else ["32"], point) == "equal"


@pytest.mark.parametrize(("precision", "allowed"), [("high", 1e-2), ("highest", 1e-5)])
@pytest.mark.parametrize("text", MULTIPLYING if "RNNBENCH_FULL" in os.environ else MULTIPLYING[::4])
def test_as_tensor_cores_multiply(interpreter: Ask, text: str, precision: str, allowed: float) -> None:
    """``high`` lets dots round what they multiply to tf32; else three such products have to do for one of float32."""
    point = {"text": text, "hidden": 33, "inputs": 2, "members": 1, "batch": 5, "longest": 7}
    found = interpreter("on_tensor_cores", precision, point)
    assert isinstance(found, list), found
    off, kinds = found
    assert kinds == ["TF32" if precision == "high" else "TF32x3"]
    assert off <= allowed


def test_what_comes_after_the_end_changes_nothing(interpreter: Ask) -> None:
    assert interpreter("padded") == "equal"


@pytest.mark.parametrize(
    ("text", "hidden", "tf32"),
    [("srnn:torch", 1, False), ("lstm:torch", 8, False), ("gru:keras2", 16, False), ("lstm:torch", 64, True)],
)
def test_compiles_for_a_gpu(compiler: Ask, text: str, hidden: int, tf32: bool) -> None:
    """To machine code of an H100 whose weights stay on chip; one unit needs no word between threads."""
    passes = compiler("compiled", text, hidden, tf32)
    assert set(passes) == {"forward", "backward"}, passes
    for facts in passes.values():
        assert facts["elf"]
        assert facts["shared"] <= SHARED_MEMORY
        assert (facts["tensor_cores"] > 0) == (hidden >= 16)
        assert (facts["barriers"] == 0) == (hidden == 1)


def test_trains_as_eager_does(interpreter: Ask) -> None:
    eager, fused = interpreter("trained", "srnn:keras2")
    assert [kernel for kernel, _ in fused] == ["triton"] * 2
    for (_, expected), (_, loss) in zip(eager, fused, strict=True):
        assert loss == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (make("lstm:torch", 1, 128), "holds matrices of 20480 numbers at most, padding included: 73728"),
        (Memory(1, 33), "holds values of 256 numbers at most, padding included: 4096"),
    ],
)
def test_what_does_not_fit_runs_eagerly_and_is_named(cell: Cell, reason: str) -> None:
    kernel = make_kernel("triton", cell, 2, 5, "cpu")
    assert kernel.name == "eager"
    assert kernel.reason == f"{cell.name} is not lowered: the CUDA kernel {reason}"


def test_what_triton_refuses_runs_eagerly_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("out of resource: shared memory\nand a long story")

    monkeypatch.setattr(Passes, "_launch", refuse)
    kernel = make_kernel("triton", make("gru:torch", 1, 3), 2, 5, "cpu")
    expected = "gru is not lowered: Triton refuses it (RuntimeError: out of resource: shared memory)"
    assert (kernel.name, kernel.reason) == ("eager", expected)


def test_without_triton_the_row_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnbench.recurrence.choose.find_spec", lambda name: None)
    kernel = make_kernel("auto", make("gru:torch", 1, 3), 2, 5, "cuda")
    assert (kernel.name, kernel.reason) == ("eager", "gru is not lowered: triton is not installed")


def test_auto_takes_it_on_cuda_up_to_its_limit() -> None:
    assert [compiles("auto", "cuda", hidden, 1) for hidden in (1, 64, 65)] == [True, True, False]
    assert [compiles("auto", "cpu", 256, batch) for batch in (16, 17)] == [True, False]
    assert [compiles("auto", "cpu", hidden, 1) for hidden in (256, 257)] == [True, False]
    assert [compiles("auto", "cpu", 128, batch) for batch in (128, 129)] == [True, False]
    assert [compiles("auto", "cpu", hidden, 999) for hidden in (64, 65)] == [True, False]
    assert not compiles("auto", "mps", 1, 1)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("hidden", [1, 8, 33])
@pytest.mark.parametrize("text", ["srnn:keras2", "lstm:keras2", "gru:keras2"])
@pytest.mark.parametrize(("precision", "allowed"), [("highest", 1e-5), ("high", 1e-2)])
def test_on_cuda(text: str, hidden: int, precision: str, allowed: float) -> None:
    """``high`` lets dots round to tf32."""
    generator = torch.Generator().manual_seed(hidden)
    cell = make(text, 2, hidden)
    weights = {
        name: torch.randn(3, *p.shape, generator=generator) / (1 + hidden) ** 0.5 for name, p in cell.named_parameters()
    }
    x, lengths = torch.randn(20, 3, 33, 2, generator=generator), torch.randint(1, 21, (3, 33), generator=generator)
    reference = both(EagerKernel(make(text, 2, hidden).double(), 3, 33), weights, x.double(), lengths)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        there = {name: value.cuda() for name, value in weights.items()}
        fused = both(TritonKernel(cell, 3, 33), there, x.cuda(), lengths.cuda())
    finally:
        torch.set_float32_matmul_precision(before)
    for exact, made in zip(reference, fused, strict=True):
        assert error(made, exact) <= allowed * max(float(exact.abs().max()), 1e-3)
