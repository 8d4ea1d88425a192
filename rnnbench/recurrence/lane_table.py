"""tanh by looking up, for processors with AVX-512: it can look up a number among 32 that lie in two of its registers.

The fraction of ``lane_math`` needs a division, which keeps its unit busy for ten cycles. A polynomial of degree 4
between two knots needs none and is more accurate: knots lie closer near nought, where tanh is most curved.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from rnnbench.recurrence.lanes import INDEX, joined, shuffled

HALF = 16
"""Lanes of a register; a column of the table has two."""
SATURATED = 13 * math.log(2)
"""From here on tanh rounds to 1 in single precision, and the table has 1."""
DEGREE = 4
COLUMNS = DEGREE + 2
"""A stretch between knots has a centre and the terms of a polynomial round it."""
FIRST = 1 + 1 / 32
"""A number y = FIRST + scale |x| is looked up by its exponent and the first three bits after the point, from 1 to 16.
What is left out of the first stretch makes its relative error that of the second."""
INDEX_FROM = 20
"""The lowest of those bits in a number of single precision."""
NUMBER = ir.FloatType()
REGISTER = ir.VectorType(NUMBER, HALF)


class Table(NamedTuple):
    """For each way that y's first bits can be: where the polynomial has its centre, then its terms, highest first."""

    scale: float
    columns: Sequence[Sequence[float]]
    """Centres, then terms of one power; 32 numbers of single precision each."""


@cache
def tanh_table() -> Table:
    """Polynomials through tanh at Chebyshev's points between the knots; through nought in the first, 1 in the last."""
    knots = [2.0**octave * (1 + eighth / 8) for octave in range(4) for eighth in range(8)]
    scale = float(np.float32((knots[-1] - FIRST) / SATURATED))
    edges = [(y - FIRST) / scale for y in knots]
    rows = {place_of(y): stretch(*ends) for y, ends in zip(knots[1:-1], pairwise(edges[1:]), strict=True)}
    rows[place_of(knots[0])] = 0.0, from_nought(edges[1])
    rows[place_of(knots[-1])] = 0.0, [*[0.0] * DEGREE, 1.0]
    ordered = [(centre, *terms) for centre, terms in (rows[place] for place in range(2 * HALF))]
    return Table(scale, [[float(np.float32(number)) for number in column] for column in zip(*ordered, strict=True)])


def from_nought(high: float) -> list[float]:
    """The polynomial up to ``high``, through nought: x times one whose first point is nought, for a slope of 1."""
    below = -high * math.tan(math.pi / (4 * DEGREE)) ** 2
    return [*through(lambda x: math.tanh(x) / x if x else 1.0, below, high, DEGREE), 0.0]


def stretch(low: float, high: float) -> tuple[float, list[float]]:
    """A polynomial, and its centre: where it is all but a number of single precision, which its last term has to be."""

    def around(centre: float) -> list[float]:
        return through(lambda x: math.tanh(centre + x), low - centre, high - centre, DEGREE + 1)

    middle = (low + high) / 2
    inner = np.linspace(low + (high - low) / 3, high - (high - low) / 3, 400).astype(np.float32).astype(np.float64)
    values = np.polyval(around(middle), inner - middle)
    centre = float(inner[np.abs(values.astype(np.float32) - values).argmin()])
    return centre, around(centre)


def through(function: Callable[[float], float], low: float, high: float, count: int) -> list[float]:
    """The polynomial, highest term first, through ``function`` at ``count`` of Chebyshev's points from low to high.

    By Newton's divided differences: a library of linear algebra rounds as the processor lets it.
    """
    angles = (math.pi * (2 * k + 1) / (2 * count) for k in range(count))
    points = [(low + high) / 2 + (high - low) / 2 * math.cos(angle) for angle in angles]
    differences = [function(x) for x in points]
    for order in range(1, count):
        for at in range(count - 1, order - 1, -1):
            differences[at] = (differences[at] - differences[at - 1]) / (points[at] - points[at - order])
    terms: list[float] = []
    for point, difference in zip(reversed(points), reversed(differences), strict=True):  # times x - point, and one more
        terms = [a - point * b for a, b in zip([*terms, 0.0], [0.0, *terms], strict=True)]
        terms[-1] += difference
    return terms


def place_of(y: float) -> int:
    """Where in the table y is looked up."""
    return int(np.float32(y).view(np.uint32)) >> INDEX_FROM & (2 * HALF - 1)


def look_up(builder: Any, column: int, index: Any) -> Any:
    """The numbers of a column of the table at ``index``, of which five bits are read, register by register."""
    halves = [_loaded(builder, 2 * column + half) for half in (0, 1)]
    places = ir.VectorType(INDEX, HALF)
    shape = ir.FunctionType(REGISTER, [REGISTER, places, REGISTER])
    name = "llvm.x86.avx512.vpermi2var.ps.512"
    function = cgutils.get_or_insert_function(builder.module, shape, name)  # type: ignore[no-untyped-call]
    each = (shuffled(builder, index, index, range(at, at + HALF)) for at in range(0, index.type.count, HALF))
    return joined(builder, [builder.call(function, [halves[0], own, halves[1]]) for own in each])


def _loaded(builder: Any, number: int) -> Any:
    """A register of the table, from memory: as a constant it would have an address of its own, to be made each time.

    LLVM may not assume that a weak variable has the value it is given here. One of that name serves a whole process.
    """
    name, registers = _registers()
    table = builder.module.globals.get(name)
    if table is None:
        table = ir.GlobalVariable(builder.module, ir.ArrayType(REGISTER, len(registers)), name)
        table.initializer, table.linkage, table.align = ir.Constant(table.value_type, registers), "weak", 4 * HALF
    register = builder.load(builder.gep(table, [ir.Constant(INDEX, 0), ir.Constant(INDEX, number)]), align=4 * HALF)
    register.set_metadata("invariant.load", builder.module.add_metadata([]))
    return register


@cache
def _registers() -> tuple[str, list[Any]]:
    """A name for the table, by its numbers, and its registers one after another, as LLVM's constants."""
    columns = tanh_table().columns
    halves = [column[first : first + HALF] for column in columns for first in (0, HALF)]
    constants = [ir.Constant(REGISTER, [ir.Constant(NUMBER, number) for number in half]) for half in halves]
    return f"rnnbench_tanh_{hashlib.sha256(repr(columns).encode()).hexdigest()[:16]}", constants
