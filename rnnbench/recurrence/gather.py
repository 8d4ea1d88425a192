"""Sequences from a data set into lanes: what lies one after another is laid side by side.

A kernel is told where a sequence lies by address: the members of one group may learn from different arrays.
"""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import signature
from numba.extending import intrinsic

from rnnbench.recurrence.lanes import joined, shuffled

TURNED = 16
"""Lanes, and numbers of each, that :func:`turn` moves at once."""
EIGHT = 8
"""Numbers that are loaded at once. Where rows begin where cache lines do, no load crosses one, but those of the last
steps, which go back over some before."""
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


@intrinsic
def prefetch(typing_context: Any, address: Any) -> Any:
    """Ask for the cache line at ``address``, whatever lies there."""
    return signature(types.void, types.int64), _prefetch


@intrinsic
def prefetch_from(typing_context: Any, addresses: Any, which: Any, offset: Any) -> Any:
    """Ask for the cache line ``offset`` bytes after ``addresses[which]``."""

    def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = context.make_array(addresses)(context, builder, args[0]).data
        start = builder.load(builder.gep(array, [args[1]], inbounds=True))
        return _prefetch(context, builder, sig, [builder.add(start, args[2])])

    return signature(types.void, addresses, types.int64, types.int64), build


def _prefetch(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
    shape = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
    function = cgutils.get_or_insert_function(builder.module, shape, "llvm.prefetch.p0i8")
    to_read, near, data = (ir.Constant(number, value) for value in (0, 2, 1))
    builder.call(function, [builder.inttoptr(args[0], pointer), to_read, near, data])
    return context.get_dummy_value()


def _load(kind: Any) -> Any:
    def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = builder.inttoptr(args[0], kind.as_pointer())
        return builder.load(builder.gep(array, [args[1]]))

    return build


@intrinsic
def turn(typing_context: Any, addresses: Any, which: Any, place: Any, rows: Any, lane: Any, width: Any) -> Any:
    """Numbers ``place`` to ``place + 16`` of the 16 float32 sequences from ``addresses[which]`` on, turned into rows.

    Row ``place + i`` of ``rows``, which is ``width`` lanes wide, gets number ``place + i`` of each from ``lane`` on.
    """
    return signature(types.void, addresses, types.int64, types.int64, rows, types.int64, types.int64), _turn


def _turn(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Eight places at a time: eights of two sequences are loaded side by side, and turned in two steps."""
    addresses, rows = (context.make_array(sig.args[at])(context, builder, args[at]).data for at in (0, 3))
    _, which, place, _, lane, width = args
    starts = []
    for i in range(TURNED):
        address = builder.load(builder.gep(addresses, [_added(builder, which, i)]))
        starts.append(builder.gep(builder.inttoptr(address, ir.FloatType().as_pointer()), [place]))
    for first in range(0, TURNED, EIGHT):
        eights = [_eight(builder, start, first) for start in starts]
        for i, value in enumerate(_turned_eights(builder, eights), start=first):
            at = builder.gep(rows, [builder.add(builder.mul(_added(builder, place, i), width), lane)])
            builder.store(value, builder.bitcast(at, value.type.as_pointer()), align=4 * TURNED)
    return context.get_dummy_value()


def _added(builder: Any, a: Any, number: int) -> Any:
    return builder.add(a, ir.Constant(WORD, number))


def _eight(builder: Any, start: Any, place: int) -> Any:
    """Eight numbers of a sequence."""
    at = builder.gep(start, [ir.Constant(WORD, place)])
    return builder.load(builder.bitcast(at, ir.VectorType(ir.FloatType(), EIGHT).as_pointer()), align=4)


def _turned_eights(builder: Any, eights: list[Any]) -> list[Any]:
    """Number ``i`` of each of sixteen, for all eight ``i``."""
    upper, lower = (
        _turned_fours(builder, [joined(builder, eights[at : at + 5 : 4]) for at in range(first, first + 4)])
        for first in (0, 8)
    )
    fours = [[*range(at, at + 4), *range(at + 8, at + 12)] for at in (0, 4)]
    return [
        shuffled(builder, a, b, [*own, *(place + TURNED for place in own)])
        for own in fours
        for a, b in zip(upper, lower, strict=True)
    ]


def _turned_fours(builder: Any, rows: list[Any]) -> list[Any]:
    """Within each four lanes, number ``i`` of row ``j`` and number ``j`` of row ``i`` change places."""
    count = rows[0].type.count

    def mixed(one: Any, other: Any, own: tuple[int, ...]) -> Any:
        """Of each four numbers of ``one`` (0 to 3) and of ``other`` (4 to 7) those of ``own``."""
        order = [start + (c if c < 4 else c - 4 + count) for start in range(0, count, 4) for c in own]
        return shuffled(builder, one, other, order)

    a, b, c, d = rows
    pairs = [(mixed(a, b, own), mixed(c, d, own)) for own in ((0, 4, 1, 5), (2, 6, 3, 7))]
    return [mixed(upper, lower, own) for upper, lower in pairs for own in ((0, 1, 4, 5), (2, 3, 6, 7))]
