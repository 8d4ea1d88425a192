"""A numba type for lanes: a few numbers side by side, one for each sequence, added and multiplied at once.

A generated kernel computes on :class:`Lanes` as if they were single numbers. LLVM gets vectors, so nothing is left to
its loop vectoriser: every lane is rounded alike, whoever is in the others, and compiling takes a fraction of a second.
``memory`` makes the functions that read and write rows of lanes without checks of bounds or overlap.
"""

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

INDEX = ir.IntType(32)


class Lanes(types.Type):
    """``count`` numbers, of double precision or single."""

    def __init__(self, double: bool, count: int) -> None:
        self.double, self.count = double, count
        super().__init__(name=f"Lanes(float{64 if double else 32}, {count})")

    @property
    def scalar(self) -> ir.Type:
        """LLVM's type of one lane."""
        return ir.DoubleType() if self.double else ir.FloatType()

    @property
    def vector(self) -> ir.VectorType:
        """LLVM's type of all lanes."""
        return ir.VectorType(self.scalar, self.count)

    def splat(self, builder: Any, value: Any) -> Any:
        """``value`` in every lane."""
        nothing = ir.Constant(self.vector, ir.Undefined)
        first = builder.insert_element(nothing, value, ir.Constant(INDEX, 0))
        return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(INDEX, self.count), [0] * self.count))

    def constant(self, value: float) -> Any:
        """The number ``value`` in every lane."""
        return ir.Constant(self.vector, [ir.Constant(self.scalar, value)] * self.count)


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    """Lanes live in vector registers."""

    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, kind.vector)


def vectors(context: Any, builder: Any, kind: Lanes, given: Any, arguments: Any) -> list[Any]:
    """``arguments`` as vectors of ``kind``, single numbers spread over all lanes."""
    number = types.float64 if kind.double else types.float32
    return [
        value if isinstance(own, Lanes) else kind.splat(builder, context.cast(builder, value, own, number))
        for own, value in zip(given, arguments, strict=True)
    ]


def shuffled(builder: Any, a: Any, b: Any, order: Iterable[int]) -> Any:
    """Numbers of ``a``, and of ``b`` as if it followed, in that order."""
    places = [*order]
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(INDEX, len(places)), places))


def joined(builder: Any, parts: Sequence[Any]) -> Any:
    """Vectors, one after another, as one; there are one, two, four... of them."""
    while len(parts) > 1:
        both = range(2 * parts[0].type.count)
        parts = [shuffled(builder, a, b, both) for a, b in zip(parts[::2], parts[1::2], strict=True)]
    return parts[0]


def _lanes_of(arguments: Any) -> Lanes | None:
    kinds = [item for item in arguments if isinstance(item, Lanes)]
    return kinds[0] if kinds and all(isinstance(item, (Lanes, types.Float)) for item in arguments) else None


ADDRESSES = (types.intp, types.intp)
"""Kernels are full of sums of two such numbers: to answer at once what numba tries a dozen templates for saves some
quarter of their compilation."""


def _operator(symbol: Any, build: Callable[[Any, list[Any], Lanes], Any], arity: int = 2) -> None:
    """Teach numba that ``symbol`` of lanes is what ``build`` makes."""

    class Template(AbstractTemplate):
        key = symbol
        metadata = {"target": "cpu"}  # asked before templates for any target

        def generic(self, args: Any, kws: Any) -> Any:
            if args == ADDRESSES and symbol in (operator.add, operator.sub, operator.mul):
                return signature(types.intp, *args)
            kind = _lanes_of(args)
            return signature(kind, *args) if kind is not None and len(args) == arity else None

    def lowered(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return build(builder, vectors(context, builder, sig.return_type, sig.args, args), sig.return_type)

    infer_global(symbol)(Template)
    shapes = [(Lanes,)] if arity == 1 else [(Lanes, Lanes), (Lanes, types.Float), (types.Float, Lanes)]
    for shape in shapes:
        lower_builtin(symbol, *shape)(lowered)


def _comparison(builder: Any, sign: str, values: list[Any], kind: Lanes) -> Any:
    """One where it holds, else nought: what PyTorch's comparison is worth in a product."""
    return builder.select(builder.fcmp_ordered(sign, *values), kind.constant(1.0), kind.constant(0.0))


CONTRACT = ("contract",)
"""A product and a sum may be rounded once."""
_operator(operator.add, lambda builder, values, kind: builder.fadd(*values, flags=CONTRACT))
_operator(operator.sub, lambda builder, values, kind: builder.fsub(*values, flags=CONTRACT))
_operator(operator.mul, lambda builder, values, kind: builder.fmul(*values, flags=CONTRACT))
_operator(operator.truediv, lambda builder, values, kind: builder.fdiv(*values))
_operator(operator.neg, lambda builder, values, kind: builder.fneg(*values), arity=1)
_operator(operator.lt, lambda builder, values, kind: _comparison(builder, "<", values, kind))
_operator(operator.le, lambda builder, values, kind: _comparison(builder, "<=", values, kind))
_operator(operator.gt, lambda builder, values, kind: _comparison(builder, ">", values, kind))
_operator(operator.ge, lambda builder, values, kind: _comparison(builder, ">=", values, kind))
_operator(operator.eq, lambda builder, values, kind: _comparison(builder, "==", values, kind))


@intrinsic
def where(typing_context: Any, condition: Any, yes: Any, no: Any) -> Any:
    """``yes`` in lanes where ``condition`` is not nought, else ``no``."""
    kind = _lanes_of((condition, yes, no))

    def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        test, *values = vectors(context, builder, kind, sig.args, args)  # type: ignore[arg-type]
        return builder.select(builder.fcmp_unordered("!=", test, kind.constant(0.0)), *values)  # type: ignore[union-attr]

    return signature(kind, condition, yes, no), build


@intrinsic
def total(typing_context: Any, lanes: Any) -> Any:
    """The sum of four lanes, of which two pairs are added first."""

    def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        a, b, c, d = (builder.extract_element(args[0], ir.Constant(INDEX, place)) for place in range(4))
        return builder.fadd(builder.fadd(a, b), builder.fadd(c, d))

    return signature(types.float64 if lanes.double else types.float32, lanes), build


@intrinsic
def whole(typing_context: Any, number: Any) -> Any:
    """``number`` as one of many: numba compiles a function anew for every number that is written in a call of it."""
    return signature(types.intp, types.intp), lambda context, builder, sig, args: args[0]


@intrinsic
def is_nought(typing_context: Any, lanes: Any) -> Any:
    """Whether every lane is nought."""

    def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        some = builder.fcmp_unordered("!=", args[0], lanes.constant(0.0))
        word = builder.bitcast(some, ir.IntType(lanes.count))
        return builder.icmp_unsigned("==", word, ir.Constant(word.type, 0))

    return signature(types.boolean, lanes), build


class Memory(NamedTuple):
    """Functions on flat arrays whose rows are the lanes of one vector; addresses are not checked."""

    read: Any
    """``read(array, row)``: the lanes of a row."""
    write: Any
    """``write(array, row, lanes)``."""
    spread: Any
    """``spread(array, place)``: one number, in every lane."""
    splat: Any
    """``splat(number)``: a number at hand, in every lane."""


def memory(double: bool, count: int, apart: int | None = None) -> Memory:
    """The functions for vectors of ``count`` lanes, in arrays that begin at a multiple of 64 bytes.

    Rows begin ``apart`` numbers after each other: ``count``, or 1 where a vector may begin at any number of any array.
    """
    kind, apart = Lanes(double, count), apart or count
    alignment = min(64, apart * (8 if double else 4))

    def address(context: Any, builder: Any, sig: Any, args: Any, scale: int) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        place = context.cast(builder, args[1], sig.args[1], types.intp)
        offset = builder.mul(place, ir.Constant(place.type, scale), flags=("nsw",))
        return builder.gep(data, [offset], inbounds=True)

    @intrinsic
    def read(typing_context: Any, array: Any, row: Any) -> Any:
        def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            at = builder.bitcast(address(context, builder, sig, args, apart), kind.vector.as_pointer())
            return builder.load(at, align=alignment)

        return signature(kind, array, row), build

    @intrinsic
    def write(typing_context: Any, array: Any, row: Any, value: Any) -> Any:
        def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            at = builder.bitcast(address(context, builder, sig, args, apart), kind.vector.as_pointer())
            (lanes,) = vectors(context, builder, kind, sig.args[2:], args[2:])
            builder.store(lanes, at, align=alignment)
            return context.get_dummy_value()

        return signature(types.void, array, row, value), build

    @intrinsic
    def spread(typing_context: Any, array: Any, place: Any) -> Any:
        def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return kind.splat(builder, builder.load(address(context, builder, sig, args, 1)))

        return signature(kind, array, place), build

    @intrinsic
    def splat(typing_context: Any, number: Any) -> Any:
        def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return vectors(context, builder, kind, sig.args, args)[0]

        return signature(kind, number), build

    return Memory(read, write, spread, splat)
