"""Functions of lanes: tanh, sigmoid, exp and log of single precision without a branch or a call; others the library's.

They are written as LLVM's instructions: numba, which would infer types of every product anew, has one call to compile.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils
from numba.core.typing.templates import signature
from numba.extending import intrinsic

from rnnbench.recurrence.lane_table import COLUMNS, FIRST, HALF, INDEX_FROM, look_up, tanh_table
from rnnbench.recurrence.lanes import CONTRACT, INDEX, Lanes, vectors
from rnnbench.recurrence.processor import has_avx512

LIMIT = 9.02
NUMERATOR = (1.3389272801589414e-08, 2.0637606212403625e-05, 3.4974836744368076e-03, 1.3382683694362640e-01, 1.0)
DENOMINATOR = (7.7917661656701700e-07, 3.2886175904423000e-04, 2.5884378701448440e-02, 4.6716004610061646e-01, 1.0)
"""tanh(x) is about x N(x²) / D(x²) on ±LIMIT: the fractions of these degrees whose largest relative error is least,
2.3e-8, found by Lawson's iteration on 3,000 points; coefficients were rounded to single precision one after another,
the others fitted anew. The highest power comes first. With a degree less the error is 1.3e-7, and the same at every
step of a sequence, where those of rounding cancel."""
BELOW_ONE = 8.6
"""Up to here the table's tanh stays below 1."""
SIGN = -0x80000000
"""The bit of a number's sign."""
LOG2_E, LN2_HIGH, LN2_LOW = 1.44269504088896341, 0.693359375, -2.12194440054690583e-4
SHIFT = 12582912.0
"""1.5 · 2^23: added to a small number, it leaves the nearest whole number in the low bits."""
SERIES = (1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2, 1.0, 1.0)
LOWEST, HIGHEST = -87.0, 88.8
LOGARITHM = (-7.636435329914093e-02, 1.2762215733528137e-01, -1.3159610331058502e-01, 1.4201579988002777e-01,
             -1.6623409092426300e-01, 2.0001241564750671e-01, -2.5000819563865662e-01, 3.3333331346511841e-01,
             -0.5)  # fmt: skip
"""log(1 + f) is about f + f² P(f) for f from √½ - 1 to √2 - 1, with a relative error of 5.8e-9; found likewise."""
ROOT_OF_HALF = 0x3F3504F3
"""√½ as bits of single precision."""
SMALLEST = 1.17549435e-38
"""The smallest number that is not denormal."""


class Formula:
    """Arithmetic on vectors of one kind; numbers are spread."""

    def __init__(self, context: Any, builder: Any, kind: Lanes) -> None:
        self.context, self.builder, self.kind = context, builder, kind

    def add(self, a: Any, b: Any) -> Any:
        """A sum."""
        return self.builder.fadd(self._vector(a), self._vector(b), flags=CONTRACT)

    def sub(self, a: Any, b: Any) -> Any:
        """A difference."""
        return self.builder.fsub(self._vector(a), self._vector(b), flags=CONTRACT)

    def mul(self, a: Any, b: Any) -> Any:
        """A product."""
        return self.builder.fmul(self._vector(a), self._vector(b), flags=CONTRACT)

    def div(self, a: Any, b: Any) -> Any:
        """A quotient."""
        return self.builder.fdiv(self._vector(a), self._vector(b))

    def choose(self, sign: str, a: Any, b: float, yes: Any, no: Any) -> Any:
        """``yes`` where ``a sign b``; NaN chooses ``no``."""
        test = self.builder.fcmp_ordered(sign, a, self._vector(b))
        return self.builder.select(test, self._vector(yes), self._vector(no))

    def within(self, x: Any, low: float, high: float) -> Any:
        """``x`` between limits; NaN stays."""
        y = self.choose(">", x, high, high, x)
        return self.choose("<", y, low, low, y)

    def polynomial(self, x: Any, coefficients: Sequence[Any]) -> Any:
        """Horner's rule, the highest power first."""
        result: Any = coefficients[0]
        for coefficient in coefficients[1:]:
            result = self.add(self.mul(result, x), coefficient)
        return result

    def bits(self, x: Any) -> Any:
        """Numbers of single precision as whole numbers, by their bits."""
        return self.builder.bitcast(x, ir.VectorType(INDEX, self.kind.count))

    def whole(self, number: int) -> Any:
        """A whole number in every lane."""
        return ir.Constant(ir.VectorType(INDEX, self.kind.count), [number] * self.kind.count)

    def call(self, name: str, *arguments: Any) -> Any:
        """A function of the C library, lane by lane."""
        builder, kind = self.builder, self.kind
        kept = [cgutils.alloca_once_value(builder, self._vector(value)) for value in arguments]
        shape = ir.FunctionType(kind.scalar, [kind.scalar] * len(kept))
        function = cgutils.get_or_insert_function(builder.module, shape, name if kind.double else f"{name}f")
        with cgutils.for_range(builder, ir.Constant(ir.IntType(64), kind.count)) as loop:
            first = [builder.bitcast(place, kind.scalar.as_pointer()) for place in kept]
            lanes = [builder.gep(place, [loop.index]) for place in first]
            builder.store(builder.call(function, [builder.load(lane) for lane in lanes]), lanes[0])
        return builder.load(kept[0])

    def _vector(self, value: Any) -> Any:
        return self.kind.constant(value) if isinstance(value, float) else value


Build = Callable[..., Any]


def elementwise(build: Build) -> Any:
    """A numba function of one value in lanes from its formula."""

    @intrinsic
    def function(typing_context: Any, x: Any) -> Any:
        def lowered(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return build(Formula(context, builder, x), args[0])

        return signature(x, x), lowered

    return function


def _rational(f: Formula, x: Any, halves: int = 0) -> Any:
    """tanh(x), or with a half tanh(x/2)/2: powers of two moved into the coefficients are exact.

    Beyond the limit it is a line through the origin, for the caller to cut off: where tanh rounds to 1, so that a large
    memory shows no gradient of 1 - tanh².
    """
    square = f.mul(x, x)
    limit = (LIMIT * 2**halves) ** 2
    s = f.choose(">", square, limit, limit, square)
    numerator, denominator = (
        [c / 4 ** (halves * power) for power, c in zip(range(len(terms) - 1, -1, -1), terms, strict=True)]
        for terms in ([c / 4**halves for c in NUMERATOR], DENOMINATOR)
    )
    return f.div(f.mul(x, f.polynomial(s, numerator)), f.polynomial(s, denominator))


def _by_table(f: Formula) -> bool:
    return f.kind.count in (HALF, 2 * HALF, 4 * HALF, 8 * HALF) and has_avx512()


def _looked_up(f: Formula, x: Any, highest: float = LIMIT, halves: int = 0) -> Any:
    """tanh(x), or with a half tanh(x/2), from the table; what is ``highest`` or more is looked up there."""
    share = 0.5**halves
    size = f.builder.bitcast(f.builder.and_(f.bits(x), f.whole(~SIGN)), f.kind.vector)
    size = f.choose(">", size, highest / share, highest / share, size)
    y = f.add(f.mul(size, tanh_table().scale * share), FIRST)
    index = f.builder.lshr(f.bits(y), f.whole(INDEX_FROM))
    centre, *terms = (look_up(f.builder, column, index) for column in range(COLUMNS))
    result = f.polynomial(f.sub(f.mul(size, share), centre), terms)
    signed = f.builder.or_(f.bits(result), f.builder.and_(f.bits(x), f.whole(SIGN)))
    return f.builder.bitcast(signed, f.kind.vector)


@elementwise
def tanh(f: Formula, x: Any) -> Any:
    """±1 from ±9.02 on, where tanh rounds to it; by a table or a rational minimax approximation.

    With multiply-adds the relative error is at most 1.1e-7 or, of the fraction, 3.1e-7, measured.
    """
    if f.kind.double:
        return f.call("tanh", x)
    return _looked_up(f, x) if _by_table(f) else f.within(_rational(f, x), -1.0, 1.0)


@elementwise
def sigmoid(f: Formula, x: Any) -> Any:
    """(1 + tanh(x/2)) / 2, or in double precision e^-|x| over 1 + e^-|x|, which never overflows.

    In single precision it reaches 1, but ends at 2^-25 on the other side, so that its logarithm is finite.
    """
    if f.kind.double:
        e = f.call("exp", f.choose("<", x, 0.0, x, f.builder.fneg(x)))
        return f.div(f.choose(">=", x, 0.0, 1.0, e), f.add(e, 1.0))
    if _by_table(f):
        return f.add(f.mul(_looked_up(f, x, BELOW_ONE, halves=1), 0.5), 0.5)
    return f.add(f.within(_rational(f, x, halves=1), 2.0**-25 - 0.5, 0.5), 0.5)


@elementwise
def exp(f: Formula, x: Any) -> Any:
    """2^n e^r with |r| at most ln(2)/2 by Taylor's series; never below e^-87, infinite above 88.8."""
    if f.kind.double:
        return f.call("exp", x)
    y = f.within(x, LOWEST, HIGHEST)
    shifted = f.add(f.mul(y, LOG2_E), SHIFT)
    n = f.sub(shifted, SHIFT)
    r = f.sub(f.sub(y, f.mul(n, LN2_HIGH)), f.mul(n, LN2_LOW))
    two_to_n = f.builder.add(f.builder.shl(f.bits(shifted), f.whole(23)), f.whole(127 << 23))
    return f.mul(f.polynomial(r, SERIES), f.builder.bitcast(two_to_n, f.kind.vector))


@elementwise
def sqrt(f: Formula, x: Any) -> Any:
    """Rounded correctly."""
    name = f"llvm.sqrt.v{f.kind.count}f{64 if f.kind.double else 32}"
    shape = ir.FunctionType(f.kind.vector, [f.kind.vector])
    return f.builder.call(cgutils.get_or_insert_function(f.builder.module, shape, name), [x])


@elementwise
def log(f: Formula, x: Any) -> Any:
    """With x = 2^n m, m between √½ and √2, it is n log 2 + log m. A positive denormal number counts as nought."""
    return f.call("log", x) if f.kind.double else _logarithm(f, x)


def _logarithm(f: Formula, x: Any) -> Any:
    bits = f.bits(x)
    n = f.builder.ashr(f.builder.sub(bits, f.whole(ROOT_OF_HALF)), f.whole(23))
    m = f.builder.bitcast(f.builder.sub(bits, f.builder.shl(n, f.whole(23))), f.kind.vector)
    e, over = f.builder.sitofp(n, f.kind.vector), f.sub(m, 1.0)
    rest = f.add(f.mul(e, LN2_LOW), f.mul(f.mul(over, over), f.polynomial(over, LOGARITHM)))
    y = f.add(f.mul(e, LN2_HIGH), f.add(over, rest))
    without = f.choose("<", x, 0.0, math.nan, -math.inf)
    return f.choose("<", x, SMALLEST, without, f.choose("<", x, math.inf, y, x))


@elementwise
def log1p(f: Formula, x: Any) -> Any:
    """log(u) and what was lost when u = 1 + x was rounded."""
    if f.kind.double:
        return f.call("log1p", x)
    u = f.add(x, 1.0)
    lost = f.div(f.sub(x, f.sub(u, 1.0)), u)
    return f.add(_logarithm(f, u), f.choose(">", u, 0.0, f.choose("<", u, math.inf, lost, 0.0), 0.0))


sin = elementwise(lambda f, x: f.call("sin", x))
cos = elementwise(lambda f, x: f.call("cos", x))


@intrinsic
def power(typing_context: Any, a: Any, b: Any) -> Any:
    """``a`` to the power ``b``."""
    kind = a if isinstance(a, Lanes) else b

    def lowered(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return Formula(context, builder, kind).call("pow", *vectors(context, builder, kind, sig.args, args))

    return signature(kind, a, b), lowered
