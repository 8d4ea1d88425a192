"""tanh from a table that lies in vector registers, where AVX-512 has instructions to look things up in them.

A fraction needs a division, which keeps its unit for ten cycles; five terms and a centre from tables of 32 numbers need
none, and are more accurate. What is between two knots, which lie closer near nought, is a polynomial of degree 4.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from llvmlite import binding, ir
from numba.core import cgutils

from rnnbench.recurrence.lanes import INDEX, joined, shuffled

HALF = 16
"""Lanes of a register; a table has two."""
SATURATED = 9.01
"""From here on tanh is 1 in single precision, and so is the table."""
DEGREE = 4
COLUMNS = DEGREE + 2
PER_OCTAVE, TOP = 8, 16.0
"""A number y = 1 + scale |x| is looked up by its exponent and the first three bits after the point, up to 16."""
INDEX_FROM = 20
"""The lowest of those bits in a number of single precision."""
NUMBER = ir.FloatType()
REGISTER = ir.VectorType(NUMBER, HALF)


class Table(NamedTuple):
    """For each way that y's first bits can be: where the polynomial has its centre, then its terms, highest first."""

    scale: float
    columns: Sequence[Any]
    """A centre or a term of all polynomials, each in two registers, as LLVM's constants."""


@cache
def can_look_up() -> bool:
    """Whether this processor has the instructions."""
    return bool(binding.get_host_cpu_features().get("avx512f"))


def knots() -> list[float]:
    """The y at which a stretch of the table begins."""
    found = [1.0]
    while (y := found[-1] + 2.0 ** math.floor(math.log2(found[-1])) / PER_OCTAVE) < TOP:
        found.append(y)
    return found


@cache
def tanh_table() -> Table:
    """Polynomials through tanh at Chebyshev's points between the knots; through nought in the first, 1 in the last."""
    begins = knots()
    scale = float(np.float32((begins[-1] - 1) / SATURATED))
    edges = [(y - 1) / scale for y in begins]
    rows = {place_of(y): stretch(*ends) for y, ends in zip(begins[1:-1], pairwise(edges[1:]), strict=True)}
    rows[place_of(begins[0])] = 0.0, from_nought(edges[1])
    rows[place_of(begins[-1])] = 0.0, [*[0.0] * DEGREE, 1.0]
    ordered = [rows[place] for place in range(2 * HALF)]
    columns = zip(*((centre, *terms) for centre, terms in ordered), strict=True)
    return Table(scale, [half for column in columns for half in in_registers(column)])


def from_nought(high: float) -> list[float]:
    """The polynomial up to ``high``, through nought: x times one whose first point is nought, for a slope of 1."""
    below = -high * math.tan(math.pi / (4 * DEGREE)) ** 2
    return [*through(lambda x: math.tanh(x) / x if x else 1.0, below, high, DEGREE), 0.0]


def stretch(low: float, high: float) -> tuple[float, list[float]]:
    """A centre at which tanh is all but a number of single precision, and the polynomial round it."""
    inner = np.linspace(0.6 * low + 0.4 * high, 0.4 * low + 0.6 * high, 1000).astype(np.float32).astype(np.float64)
    values = np.tanh(inner)
    centre = float(inner[np.abs(values.astype(np.float32) - values).argmin()])
    *terms, _ = through(lambda x: math.tanh(centre + x), low - centre, high - centre, DEGREE + 1)
    return centre, [*terms, math.tanh(centre)]


def through(function: Callable[[float], float], low: float, high: float, count: int) -> list[float]:
    """The polynomial, highest term first, through ``function`` at ``count`` of Chebyshev's points from low to high."""
    angles = (math.pi * (2 * k + 1) / (2 * count) for k in range(count))
    points = [(low + high) / 2 + (high - low) / 2 * math.cos(angle) for angle in angles]
    return [float(term) for term in np.linalg.solve(np.vander(points), [function(x) for x in points])]


def place_of(y: float) -> int:
    """Where in the table y is looked up."""
    return int(np.float32(y).view(np.uint32)) >> INDEX_FROM & (2 * HALF - 1)


def in_registers(numbers: Sequence[float]) -> list[Any]:
    """32 numbers as two constants."""
    constants = [ir.Constant(NUMBER, float(np.float32(number))) for number in numbers]
    return [ir.Constant(REGISTER, constants[first : first + HALF]) for first in (0, HALF)]


def look_up(builder: Any, column: int, index: Any) -> Any:
    """The numbers of a column of the table at ``index``, of which five bits are read, register by register."""
    halves = [loaded(builder, 2 * column + half) for half in (0, 1)]
    places = ir.VectorType(INDEX, HALF)
    shape = ir.FunctionType(REGISTER, [REGISTER, places, REGISTER])
    name = "llvm.x86.avx512.vpermi2var.ps.512"
    function = cgutils.get_or_insert_function(builder.module, shape, name)  # type: ignore[no-untyped-call]
    each = (shuffled(builder, index, index, range(at, at + HALF)) for at in range(0, index.type.count, HALF))
    return joined(builder, [builder.call(function, [halves[0], own, halves[1]]) for own in each])


def loaded(builder: Any, number: int) -> Any:
    """A register of the table, from memory: as a constant it would have an address of its own, to be made each time.

    LLVM may not assume that a weak variable has the value it is given here.
    """
    columns, name = tanh_table().columns, "rnnbench_tanh_table"
    table = builder.module.globals.get(name)
    if table is None:
        table = ir.GlobalVariable(builder.module, ir.ArrayType(REGISTER, len(columns)), name)
        table.initializer, table.linkage, table.align = ir.Constant(table.value_type, columns), "weak", 4 * HALF
    register = builder.load(builder.gep(table, [ir.Constant(INDEX, 0), ir.Constant(INDEX, number)]), align=4 * HALF)
    register.set_metadata("invariant.load", builder.module.add_metadata([]))
    return register
