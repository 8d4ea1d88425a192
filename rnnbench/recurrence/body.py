"""The statements inside one loop: names for values, reads made once, writes made last."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rnnbench.recurrence.adjoint import Gradient
from rnnbench.recurrence.graph import Apply, Constant, Leaf, Node, Product, Select, Weight
from rnnbench.recurrence.pattern import Pattern, pattern_of

TERMS = 2
"""Products of at most this many terms are written out as one expression; longer ones have a loop of their own."""
LONGEST = 32
"""Terms of a sum in one statement."""
UNROLLED = 8
"""Sums of at most this many selected places are written out; longer ones have a loop of their own."""
INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=="}


@dataclass(frozen=True)
class Place:
    """Rows of an array, from ``row`` on; ``base`` is the variable that says where the rows of this step begin."""

    array: str
    row: int
    base: str = ""


@dataclass(frozen=True)
class Rows:
    """How memory is laid out."""

    chunks: int
    """Vectors to a row."""
    alone: bool
    """One member fills the lanes: its weights are single numbers, else rows like everything else."""


def is_addressable(node: Node, places: Mapping[Node, Place]) -> bool:
    """Whether it can be read from memory at any unit."""
    return node in places or isinstance(node, (Leaf, Weight, Constant))


@dataclass
class Body:
    """Collects statements. Reads come before writes, so no write can stand between two uses of what was read."""

    rows: Rows
    leaves: Mapping[str, Place]
    places: Mapping[Node, Place]
    constants: dict[float, str]
    _lines: list[str] = field(default_factory=list)
    _writes: list[str] = field(default_factory=list)
    _names: dict[tuple[Node, str], str] = field(default_factory=dict)
    _reads: dict[str, str] = field(default_factory=dict)

    def statements(self) -> list[str]:
        """What was collected, writes last."""
        return self._lines + self._writes

    def looped(self) -> Iterator[str]:
        """The same for every chunk of a row."""
        yield from over_chunks(self.rows, self.statements())

    def add(self, line: str) -> None:
        """A statement of the caller's own."""
        self._lines.append(line)

    def store(self, node: Node, unit: str, place: Place) -> None:
        """Write ``node`` at ``unit`` to ``place``."""
        self.write(place, unit, self.value(node, unit))

    def write(self, place: Place, unit: str, value: str) -> None:
        """Write ``value`` to ``place`` at ``unit``."""
        self._writes.append(f"write({place.array}, {self.index(place, unit)}, {value})")

    def grow(self, start: int, unit: str, value: str) -> None:
        """Add ``value`` to the gradient of the weight ``unit`` rows after ``start``."""
        at = f"gradient, {self.index(Place('gradient', start), unit)}"
        self._writes.append(f"write({at}, read({at}) + {value})")

    def accumulate(self, g: Gradient, unit: str) -> None:
        """Add to a gradient; the rows of its source, if any, are few."""
        value = self.value(g.cotangent, unit)
        for i in range(g.source.width if g.source is not None else 1):
            factor = "" if g.source is None else f"{self.read(g.source, str(i))} * "
            self.grow(g.start + i * g.inner, scaled(unit, g.outer), factor + value)

    def value(self, node: Node, unit: str) -> str:
        """The name that holds ``node`` at ``unit``; its statement is added."""
        if isinstance(node, Constant) or is_addressable(node, self.places):
            return self.read(node, unit)
        if (node, unit) not in self._names:
            self._names[node, unit] = self._named(self._expression(node, unit), "v")
        return self._names[node, unit]

    def read(self, node: Node, unit: str, name: str = "r") -> str:
        """The name of what is in memory at ``unit`` of ``node``."""
        match node:
            case Constant():
                return self.constant(node.value)
            case Weight() if node not in self.places:
                return self.weight(node.start, scaled(unit, node.stride))
            case Leaf() if node not in self.places:
                place = self.leaves[node.array]
                place = Place(place.array, place.row + node.start, place.base)
            case _:
                place = self.places[node]
        return self.once(self.load(place, unit), name)

    def weight(self, start: int, unit: str) -> str:
        """The name of a weight in all lanes: ``weight`` reads a row or spreads one number, as the layout says."""
        return self.once(f"weight(weights, {self.index(Place('weights', start), unit)})", "w")

    def constant(self, value: float) -> str:
        """The name of a number."""
        return self.constants.setdefault(value, f"C{len(self.constants)}")

    def total(self, terms: Sequence[str]) -> str:
        """Their sum as an expression; a long one in parts, for compilers recurse."""
        while len(terms) > LONGEST:
            parts = [terms[start : start + LONGEST] for start in range(0, len(terms), LONGEST)]
            terms = [self._named(" + ".join(part), "t") for part in parts]
        return " + ".join(terms) or self.constant(0.0)

    def load(self, place: Place, unit: str) -> str:
        """What reads ``place`` at ``unit``, as an expression."""
        return f"read({place.array}, {self.index(place, unit)})"

    def once(self, expression: str, name: str) -> str:
        """A name for ``expression``, the same each time."""
        if expression not in self._reads:
            self._reads[expression] = self._named(expression, name)
        return self._reads[expression]

    def _named(self, expression: str, kind: str) -> str:
        name = f"{kind}{len(self._lines)}"
        self._lines.append(f"{name} = {expression}")
        return name

    def _expression(self, node: Node, unit: str) -> str:
        match node:
            case Apply():
                return self._call(node.function, [self.value(argument, unit) for argument in node.arguments])
            case Product():
                return self.total([self._term(node, unit, i) for i in range(node.source.width)])
            case Select():
                pattern = pattern_of(node)
                assert pattern is not None, "selections without order have their own loops"
                rows = [selected(pattern, start, unit) for start in pattern.starts]
                return self.total([self.read(node.source, row) for row in rows])
            case _:
                raise TypeError(f"no expression for {node}")

    def _term(self, node: Product, unit: str, i: int) -> str:
        weight = self.weight(node.start + i * node.inner, scaled(unit, node.outer))
        return f"{self.read(node.source, str(i))} * {weight}"

    def _call(self, function: str, parts: Sequence[str]) -> str:
        constant = all(part in self.constants.values() for part in parts)
        if constant:  # lanes are wanted, and a number alone has none
            parts = [f"splat({part})" for part in parts]
        if function in INFIX:
            return f"{parts[0]} {INFIX[function]} {parts[1]}"
        if function == "neg":
            return f"-{parts[0]}"
        if function == "detach":
            return parts[0]
        return f"{function}({', '.join(parts)})"

    def index(self, place: Place, unit: str) -> str:
        """The vector at ``unit`` rows after ``place``."""
        row, more = (place.row + int(unit), "") if unit.isdigit() else (place.row, unit)
        if place.array == "weights" and self.rows.alone:
            return summed(str(row), more)
        chunks = self.rows.chunks
        return summed(str(row * chunks), place.base, scaled(more, chunks), "l" if chunks > 1 else "")


def over_chunks(rows: Rows, lines: Iterable[str]) -> Iterator[str]:
    """``lines`` for every chunk ``l`` of a row that holds sequences: ``chunks`` of them, the first."""
    if rows.chunks == 1:
        yield from lines
        return
    yield "for l in range(chunks):"
    yield from (f"    {line}" for line in lines)


def selected(pattern: Pattern, start: int, unit: str) -> str:
    """The place in its source that ``pattern`` reads at ``unit``, as text."""
    if unit.isdigit():
        return str(pattern.row(int(unit))[0] - pattern.starts[0] + start)
    if pattern.is_even:
        return summed(str(start), scaled(unit, pattern.inner))
    unit = f"({unit})" if " " in unit else unit
    stretch, within = f"{unit} // {pattern.period}", f"{unit} % {pattern.period}"
    return summed(str(start), scaled(stretch, pattern.outer), scaled(within, pattern.inner))


def scaled(unit: str, factor: int) -> str:
    """``factor`` times ``unit``, as text."""
    if factor == 0 or not unit:
        return "0" if factor == 0 else ""
    if unit.isdigit():
        return str(int(unit) * factor)
    return unit if factor == 1 else f"{factor}*({unit})" if " " in unit else f"{factor}*{unit}"


def added(unit: str, number: int) -> str:
    """``unit`` plus ``number``, as text."""
    return str(int(unit) + number) if unit.isdigit() else f"{unit} + {number}" if number else unit


def summed(*parts: str) -> str:
    """The sum of numbers and names, as text."""
    number = sum(int(part) for part in parts if part.isdigit())
    terms = [part for part in parts if part and not part.isdigit()]
    return " + ".join([*([str(number)] if number or not terms else []), *terms])
