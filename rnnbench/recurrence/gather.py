"""Sequences from a data set into lanes: what lies one after another is laid side by side.

A kernel is told where a sequence lies by address: the members of one group may learn from different arrays.
"""

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import signature
from numba.extending import intrinsic

TURNED = 16
"""Lanes, and numbers of each, that :func:`turn` moves at once."""
WORD = ir.IntType(64)


@intrinsic
def single_at(typing_context: Any, address: Any, place: Any) -> Any:
    """Number ``place`` of the float32 array at ``address``."""
    return signature(types.float32, types.int64, types.int64), _load(ir.FloatType())


@intrinsic
def double_at(typing_context: Any, address: Any, place: Any) -> Any:
    """Number ``place`` of the float64 array at ``address``."""
    return signature(types.float64, types.int64, types.int64), _load(ir.DoubleType())


@intrinsic
def whole_at(typing_context: Any, address: Any, place: Any) -> Any:
    """Number ``place`` of the int64 array at ``address``."""
    return signature(types.int64, types.int64, types.int64), _load(WORD)


def _load(kind: Any) -> Any:
    def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = builder.inttoptr(args[0], kind.as_pointer())
        return builder.load(builder.gep(array, [args[1]]))

    return build


@intrinsic
def turn(typing_context: Any, addresses: Any, lane: Any, place: Any, rows: Any, width: Any) -> Any:
    """Numbers ``place`` to ``place + 16`` of the 16 float32 sequences from ``addresses[lane]`` on, turned into rows.

    Row ``place + i`` of ``rows``, which is ``width`` lanes wide, gets number ``place + i`` of each from ``lane`` on.
    """
    return signature(types.void, addresses, types.int64, types.int64, rows, types.int64), _turn


def _turn(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    vector = ir.VectorType(ir.FloatType(), TURNED)
    addresses, rows = (context.make_array(sig.args[at])(context, builder, args[at]).data for at in (0, 3))
    _, lane, place, _, width = args

    def added(a: Any, number: int) -> Any:
        return builder.add(a, ir.Constant(WORD, number))

    values = []
    for i in range(TURNED):
        address = builder.load(builder.gep(addresses, [added(lane, i)]))
        start = builder.gep(builder.inttoptr(address, ir.FloatType().as_pointer()), [place])
        values.append(builder.load(builder.bitcast(start, vector.as_pointer()), align=4))
    for i, value in enumerate(_transposed(builder, values)):
        start = builder.add(builder.mul(added(place, i), width), lane)
        builder.store(value, builder.bitcast(builder.gep(rows, [start]), vector.as_pointer()), align=64)
    return context.get_dummy_value()


def _transposed(builder: Any, rows: list[Any]) -> list[Any]:
    """Square blocks off the diagonal change places, from the largest to single numbers."""
    block = TURNED // 2
    while block:
        for i in range(TURNED):
            if not i & block:
                a, b = rows[i], rows[i + block]
                rows[i] = _shuffled(builder, a, b, [c if not c & block else TURNED + c - block for c in range(TURNED)])
                rows[i + block] = _shuffled(
                    builder, a, b, [c + block if not c & block else TURNED + c for c in range(TURNED)]
                )
        block //= 2
    return rows


def _shuffled(builder: Any, a: Any, b: Any, order: list[int]) -> Any:
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), TURNED), order))
