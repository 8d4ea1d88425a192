"""What the tests of the CUDA kernel do in a process of their own.

Triton reads whether to interpret when it is imported, and LLVM ends the process when it fails. A request is a line of
JSON on standard input; its answer, a line on standard output, is "equal", facts about machine code, or an error.
"""

import json
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbench.cell import Cell, State
from rnnbench.recurrence.compile import load
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.recurrence.lower import lower
from rnnbench.recurrence.shared import shared
from rnnbench.recurrence.step import Weights
from rnnbench.recurrence.triton_kernel import TritonKernel
from rnnbench.recurrence.triton_layout import Layout
from rnnbench.recurrence.triton_source import source
from rnnbench.train.place import Place
from tests.recurrence.against_eager import both, compare, make, relative_error
from tests.recurrence.odd_cells import ODD


class Carried(Cell):
    """Weights used twice, a state that is handed on, and one that is learned."""

    name, source = "carried", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))
        self.u = nn.Parameter(torch.empty(hidden, hidden))
        self.b = nn.Parameter(torch.empty(hidden))
        self.start = nn.Parameter(torch.empty(hidden))

    def initial_state(self, batch: int) -> State:
        return self.start.expand(batch, -1), torch.zeros(batch, self.hidden)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        h, before = state
        a = torch.tanh(x @ self.w + h @ self.u + self.b)
        new = torch.tanh(a @ self.u - 0.5 * before + self.b)
        return new * h, (new, h)


def equal(precisions: list[str], point: dict[str, Any]) -> str:
    """Interpreted, against eager."""
    compare(set(precisions), TritonKernel, **point)
    return "equal"


def on_tensor_cores(precision: str, point: dict[str, Any]) -> tuple[float, list[str]]:
    """Interpreted, with products as tensor cores make them: how far it is off in single precision, and their kinds.

    Of what they multiply they read the first 11 bits (tf32). "tf32x3" adds up the products of those bits and of the
    next 11, all but the last. Triton's interpreter multiplies exactly whatever is asked for.
    """
    from triton.runtime.interpreter import InterpreterBuilder, _ir

    exactly, kinds = InterpreterBuilder.create_dot, set()

    def create_dot(builder: Any, a: Any, b: Any, d: Any, kind: Any, most: Any) -> Any:
        kinds.add(kind.name)
        thrice = kind == _ir.INPUT_PRECISION.TF32x3
        (first, rest), (other, remaining) = (split(each.data) for each in (a, b))
        for left, right in [(rest, other), (first, remaining)] if thrice else []:
            d = exactly(builder, replaced(a, left), replaced(b, right), d, kind, most)
        return exactly(builder, replaced(a, first), replaced(b, other), d, kind, most)

    torch.set_float32_matmul_precision(precision)
    InterpreterBuilder.create_dot = create_dot
    try:
        return relative_error(TritonKernel, **point), sorted(kinds)
    finally:
        InterpreterBuilder.create_dot = exactly
        torch.set_float32_matmul_precision("highest")


def split(numbers: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What tf32 holds of ``numbers``, cut off rather than rounded, and of the rest likewise."""

    def cut(values: NDArray[np.float32]) -> NDArray[np.float32]:
        kept = np.ascontiguousarray(values).view(np.uint32) & np.uint32(0xFFFFE000)
        return kept.view(np.float32)

    return cut(numbers), cut(numbers - cut(numbers))


def replaced(handle: Any, numbers: NDArray[np.float32]) -> Any:
    """A block of the interpreter's with other ``numbers``."""
    return type(handle)(numbers, handle.dtype)


class Bursting(Cell):
    """What comes after a sequence's end makes its state infinite, unless the state is kept."""

    name, source = "bursting", "a test"

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.w = nn.Parameter(torch.empty(inputs, hidden))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        a = x @ self.w
        h = state[0] * torch.exp(a) + a
        return h, (h,)


def padded() -> str:
    """Padding that overflows, and cotangents for outputs after the end, which eager is not given."""
    steps, members, batch = 7, 2, 5
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(1, steps + 1, (members, batch), generator=generator)
    ended = torch.arange(steps)[:, None, None] >= lengths
    x = torch.where(ended, 30.0, 0.3 * torch.randn(steps, members, batch, generator=generator)).unsqueeze(-1)
    kernel, weights = TritonKernel(Bursting(1, 2), members, batch), {"w": torch.ones(members, 1, 2)}

    def unmasked(own: Weights, x: Tensor, _: Tensor, shortest: int, wanted: Sequence[int]) -> dict[int, Tensor]:
        return kernel(own, x, lengths, shortest, wanted)

    reference = both(EagerKernel(Bursting(1, 2), members, batch), weights, x, lengths)
    found = both(unmasked, weights, x, torch.full_like(lengths, steps))
    for expected, gradient in zip(reference[1:], found[1:], strict=True):
        torch.testing.assert_close(gradient, expected, rtol=1e-5, atol=1e-5)
    return "equal"


def compiled(text: str, hidden: int, tf32: bool) -> dict[str, dict[str, Any]]:
    """Compiled for an H100: of each pass the shared memory in bytes and what its PTX says."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    layout = Layout(shared(lower(make(text, 1, hidden)).step), 16, tf32=tf32)
    module = load(source(layout)[0])
    kinds = {"lengths": "*i64", "tables": "*i32", "wanted": "*i32", "keep": "constexpr"}
    kinds |= dict.fromkeys(("steps", "members", "batch"), "i32")
    facts = {}
    for name in ("forward", "backward"):
        function = getattr(module, name)
        signature = {argument: kinds.get(argument, "*fp32") for argument in function.arg_names}
        code = ASTSource(function, signature, {"keep": True} if "keep" in signature else {})
        options = {"num_warps": layout.warps, "enable_fp_fusion": True}
        made = triton.compile(code, target=GPUTarget("cuda", 90, 32), options=options)
        ptx = made.asm["ptx"]
        facts[name] = {
            "elf": made.asm["cubin"][:4] == b"\x7fELF",
            "shared": made.metadata.shared,
            "tensor_cores": ptx.count("mma.sync"),
            "barriers": ptx.count("bar.sync"),
        }
    return facts


def trained(text: str) -> list[list[tuple[str | None, float | None]]]:
    """Kernel and training loss of each row, trained by eager and by the kernel; of 33 units, one alone fills a tile."""
    from rnnbench.train.fit import fit
    from tests.train.conftest import make_trials

    small = {"sequences": 32, "validation": 8, "test": 8, "updates": 4, "interval": 2}
    trials = make_trials(cells=[text], lengths=[2], repeats=2, hidden=[33], protocol=small)
    rows = (fit(trials, Place(accelerator="cpu", kernel=kernel)) for kernel in ("eager", "triton"))
    return [[(row.kernel, row.train_loss) for row in some] for some in rows]


COMMANDS: dict[str, Callable[..., Any]] = {
    command.__name__: command for command in (equal, on_tensor_cores, compiled, padded, trained)
}


def main() -> None:
    torch.set_num_threads(1)
    ODD["carried"] = Carried
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        try:
            answer = COMMANDS[command](*arguments)
        except Exception:  # the test shows it
            answer = traceback.format_exc(limit=-1)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
