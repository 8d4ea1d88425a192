"""Gradients of weights: products of a source and a cotangent, added up over a stretch of steps in registers.

Added up step by step, each sum would be read and written at every step, which takes several times as long as the
product. So the step backwards leaves the cotangents of a stretch in memory (``late``), and then a tile of sums stays in
registers while the steps go by: a matrix product of sources and cotangents, blocked as in any library, with the lanes
kept apart.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rnnbench.recurrence.adjoint import Gradient, alike
from rnnbench.recurrence.body import Body, Place, added, over_chunks, scaled, summed
from rnnbench.recurrence.graph import Node
from rnnbench.recurrence.outline import outlined

ROWS_AT_ONCE, COLUMNS_AT_ONCE = 4, 4
"""Sums of a tile: with what they are made of, most of the 32 registers of AVX-512, some more than the 16 of AVX2."""
SHORT = 2
"""Sources of at most so many units share a tile."""
FUNCTION = """
@called
def add_gradients(first, last, work, chunks):
    \"\"\"Of steps ``first`` to ``last``, whose cotangents lie in ``late``.\"\"\"
    inputs, kept, weights, late, gradient = work.x, work.kept, work.weights, work.late, work.gradient
{lines}
"""
STEPS = (
    "for t in range(first, last):",
    "    x, now, slot = t * (X * CHUNKS), t * (ROWS * CHUNKS), (t - first) * (LATE * CHUNKS)",
)


@dataclass(frozen=True)
class Sums:
    """Of each unit of a source with each of ``columns`` rows of ``late``, added at ``start + i inner + o outer``."""

    source: Node | None
    inner: int
    outer: int
    first_late: int
    """The first of these rows."""
    columns: int
    starts: tuple[int, ...]

    @property
    def rows(self) -> int:
        """Units of the source."""
        return self.source.width if self.source is not None else 1

    @property
    def places(self) -> set[int]:
        """The gradients that are added to."""
        units, columns = range(self.rows), range(self.columns)
        return {
            start + i * self.inner + o * self.outer for start in self.starts for i in units for o in columns
        }  # fmt: skip

    def fits(self, other: "Sums") -> bool:
        """Whether both may stand in one tile, which knows a sum by how its place is written."""
        same = (self.first_late, self.columns) == (other.first_late, other.columns)
        written = (self.inner, self.outer, self.starts) == (other.inner, other.outer, other.starts)
        return same and (written or not self.places & other.places)

    @property
    def is_short(self) -> bool:
        """Whether it is to share a tile with others."""
        return self.rows <= SHORT

    def goes_on_in(self, after: "Sums") -> bool:
        """Whether ``after`` is the same with the columns that follow, as one gate's gradient is another's."""
        step = self.columns * self.outer
        return (self.source, self.inner, self.outer, self.first_late + self.columns) == (
            after.source, after.inner, after.outer, after.first_late
        ) and tuple(start + step for start in self.starts) == after.starts  # fmt: skip


def sums_of(gradients: Sequence[Gradient], rows: dict[Node, int]) -> list[Sums]:
    """What is to be added up, when cotangents lie in these ``rows`` of ``late``; neighbours as one."""
    found: list[Sums] = []
    for g, starts in alike(gradients).items():
        found.append(Sums(g.source, g.inner, g.outer, rows[g.cotangent], g.cotangent.width, starts))
    joined: list[Sums] = []
    for item in sorted(found, key=lambda item: item.first_late):
        before = next((other for other in joined if other.goes_on_in(item)), None)
        if before is None:
            joined.append(item)
        else:
            joined[joined.index(before)] = replace(before, columns=before.columns + item.columns)
    return joined


def add_gradients(sums: Sequence[Sums], fresh: Callable[[], Body]) -> str:
    """The function's text; ``fresh`` makes an empty loop."""
    lines: list[str] = []
    for group in _side_by_side(item for item in sums if item.is_short):
        rows = [(item, str(unit)) for item in group for unit in range(item.rows)]
        for at in range(0, len(rows), ROWS_AT_ONCE):
            lines += _columns(rows[at : at + ROWS_AT_ONCE], fresh)
    for item in sums:
        if not item.is_short:
            for loop, units in _blocks("i", item.rows, ROWS_AT_ONCE):
                lines += _inside(loop, _columns([(item, unit) for unit in units], fresh))
    short = outlined(lines, "sums")
    return short.functions + FUNCTION.format(lines="\n".join(f"    {line}" for line in short.lines) or "    pass")


def _side_by_side(short: Iterable[Sums]) -> list[list[Sums]]:
    """Sums of the same columns, those together that may stand in one tile."""
    groups: list[list[Sums]] = []
    for item in short:
        group = next((group for group in groups if all(item.fits(other) for other in group)), None)
        if group is None:
            groups.append([item])
        else:
            group.append(item)
    return groups


def _columns(rows: Sequence[tuple[Sums, str]], fresh: Callable[[], Body]) -> Iterator[str]:
    """A tile after another; ``rows`` are units of sources that share their columns."""
    for loop, columns in _blocks("j", rows[0][0].columns, COLUMNS_AT_ONCE):
        yield from _inside(loop, _tile(rows, columns, fresh))


def _tile(rows: Sequence[tuple[Sums, str]], columns: Sequence[str], fresh: Callable[[], Body]) -> Iterator[str]:
    begin, step = fresh(), fresh()
    ends: dict[str, str] = {}
    for item, unit in rows:
        factor = "" if item.source is None else f"{step.read(item.source, unit)} * "
        for column in columns:
            at = summed(scaled(unit, item.inner), scaled(column, item.outer))
            cotangent = step.once(step.load(Place("late", item.first_late, "slot"), column), "g")
            places = [begin.index(Place("gradient", start), at) for start in item.starts]
            total = begin.once(f"read(gradient, {places[0]})", "s")  # one name for what all columns share
            step.add(f"{total} = {total} + {factor}{cotangent}")
            ends |= {place: f"write(gradient, {place}, {total})" for place in places}
    steps = [*STEPS, *(f"    {line}" for line in step.statements())]
    yield from over_chunks(begin.rows, [*begin.statements(), *steps, *ends.values()])


def _blocks(name: str, width: int, at_once: int) -> Iterator[tuple[str, list[str]]]:
    """The head of a loop over units ``at_once`` side by side, or none, and these units; then the rest."""
    whole = width // at_once * at_once
    if whole > at_once:
        yield f"for {name} in range(0, {whole}, {at_once}):", [added(name, unit) for unit in range(at_once)]
    elif whole:
        yield "", [str(unit) for unit in range(whole)]
    if whole < width:
        yield "", [str(unit) for unit in range(whole, width)]


def _inside(loop: str, lines: Iterable[str]) -> Iterator[str]:
    if loop:
        yield loop
    yield from (f"    {line}" if loop else line for line in lines)
