"""Numbers too small for full precision count as nought in the passes over time (below 1.2e-38, or 2.2e-308 in double).

Gradients that vanish over a long sequence pass through these numbers on their way to nought, and some processors leave
their fast path for each: on an Intel one updates took two to eight times as long. What lies so far below all else
in a sum changes nothing; a gradient that is as small altogether becomes nought. The optimiser's rule, which may square
what it is given, computes as ever. The mode belongs to a thread, so that it is set where a pass begins, whoever calls
it, and put back where it ends.
"""

from typing import Any

from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.core.typing.templates import signature
from numba.extending import intrinsic

FLUSH = (1 << 15) | (1 << 6)
"""In MXCSR: results that are too small become nought (FTZ), and so do operands (DAZ)."""
INT32 = ir.IntType(32)
POINTER = ir.IntType(8).as_pointer()


def can_flush() -> bool:
    """Whether the mode is known for this processor: x86-64's. Others compute with such numbers as they do."""
    triple: str = binding.get_process_triple()
    return triple.startswith("x86_64")


@intrinsic
def flush_denormals(typing_context: Any) -> Any:
    """Turn the mode on; returns what it was, for :func:`restore`."""

    def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if not can_flush():
            return ir.Constant(INT32, 0)
        mode = cgutils.alloca_once(builder, INT32)
        _call(builder, "stmxcsr", mode)
        before = builder.load(mode)
        _set(builder, mode, builder.or_(before, ir.Constant(INT32, FLUSH)))
        return before

    return signature(types.int32), build


@intrinsic
def restore(typing_context: Any, before: Any) -> Any:
    """Put the mode back."""

    def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if can_flush():
            _set(builder, cgutils.alloca_once(builder, INT32), args[0])
        return context.get_dummy_value()

    return signature(types.void, types.int32), build


def _set(builder: Any, mode: Any, value: Any) -> None:
    builder.store(value, mode)
    _call(builder, "ldmxcsr", mode)


def _call(builder: Any, name: str, mode: Any) -> None:
    shape = ir.FunctionType(ir.VoidType(), [POINTER])
    instruction = cgutils.get_or_insert_function(builder.module, shape, f"llvm.x86.sse.{name}")
    builder.call(instruction, [builder.bitcast(mode, POINTER)])
