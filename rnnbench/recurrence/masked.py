"""Vectors at the end of an array: of the numbers that a vector would have, some may not be there."""

from typing import Any, NamedTuple

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import signature
from numba.extending import intrinsic

from rnnbench.recurrence.lanes import INDEX, Lanes, vectors


class Masked(NamedTuple):
    """Functions on arrays of numbers that lie one after another; addresses are not checked."""

    read: Any
    """``read(array, place, count)``: the numbers from ``place`` on, of which there are ``count``; then noughts."""
    write: Any
    """``write(array, place, lanes, count)``: nothing is written behind the last of ``count``."""


def masked(double: bool, width: int) -> Masked:
    """The functions for vectors of ``width`` numbers."""
    kind = Lanes(double, width)
    size = 8 if double else 4
    name = f"v{width}f{8 * size}.p0v{width}f{8 * size}"
    truths, where, alignment = ir.VectorType(ir.IntType(1), width), kind.vector.as_pointer(), ir.Constant(INDEX, size)

    def place(context: Any, builder: Any, array: Any, given: Any, at: Any) -> Any:
        data = context.make_array(array)(context, builder, given).data
        return builder.bitcast(builder.gep(data, [at], inbounds=True), where)

    def there(builder: Any, count: Any) -> Any:
        """Which lanes are among the first ``count``."""
        own = ir.Constant(ir.VectorType(count.type, width), [*range(width)])
        first = builder.insert_element(ir.Constant(own.type, ir.Undefined), count, ir.Constant(INDEX, 0))
        every = builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(INDEX, width), [0] * width))
        return builder.icmp_signed("<", own, every)

    @intrinsic
    def read(typing_context: Any, array: Any, at: Any, count: Any) -> Any:
        def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            shape = ir.FunctionType(kind.vector, [where, INDEX, truths, kind.vector])
            load = cgutils.get_or_insert_function(builder.module, shape, f"llvm.masked.load.{name}")
            first, asked = place(context, builder, sig.args[0], args[0], args[1]), there(builder, args[2])
            return builder.call(load, [first, alignment, asked, kind.constant(0.0)])

        return signature(kind, array, types.intp, types.intp), build

    @intrinsic
    def write(typing_context: Any, array: Any, at: Any, value: Any, count: Any) -> Any:
        def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            shape = ir.FunctionType(ir.VoidType(), [kind.vector, where, INDEX, truths])
            store = cgutils.get_or_insert_function(builder.module, shape, f"llvm.masked.store.{name}")
            (lanes,) = vectors(context, builder, kind, sig.args[2:3], args[2:3])
            first, asked = place(context, builder, sig.args[0], args[0], args[1]), there(builder, args[3])
            builder.call(store, [lanes, first, alignment, asked])
            return context.get_dummy_value()

        return signature(types.void, array, types.intp, value, types.intp), build

    return Masked(read, write)
