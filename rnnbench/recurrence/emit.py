"""From graph nodes to loops: which values are kept in memory, in which order, and the text of each loop.

A value lies in memory only if something reads it at another unit than the one it belongs to, or if it is wanted
outside. Everything else is a scalar within one loop over units and lanes, which LLVM turns into vector registers. Lanes
are a constant number, a multiple of the widest vector: every lane is rounded alike, whoever is in the others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rnnbench.recurrence.adjoint import Gradient, ordered
from rnnbench.recurrence.graph import Apply, Constant, Leaf, Node, Product, Select, Weight

UNROLLED = 8
"""Products of at most this many terms are written out as one expression."""
SHORT = 2
"""Gradients of matrices with more rows than this have a loop of their own."""
BLOCK = 8
"""Terms that a longer product adds at a time."""
ACCESSES = 24
"""Reads and writes in one loop over several units; far beyond, LLVM gives up on telling them apart."""
OWN = frozenset({"tanh", "sigmoid"})
"""Functions of the preambles; the others are numpy's."""
INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=="}


@dataclass(frozen=True)
class Place:
    """Rows of an array, from ``row`` on."""

    array: str
    row: int


@dataclass
class Emitter:
    """Writes the loops that compute ``stores`` and ``gradients``."""

    lanes: int
    leaves: Mapping[str, Place]
    """Where each Leaf array begins."""
    places: dict[Node, Place] = field(default_factory=dict)
    """Values that are in memory."""
    constants: dict[float, str] = field(default_factory=dict)
    scratch: int = 0
    """Rows of scratch memory in use."""

    def lines(self, stores: Sequence[tuple[Node, Place]], gradients: Sequence[Gradient]) -> list[str]:
        """The body of one time step."""
        roots = [*(node for node, _ in stores), *(g.cotangent for g in gradients)]
        targets: dict[Node, list[Place]] = {}
        for node, place in stores:
            targets.setdefault(node, []).append(place)
        nodes = ordered(roots, self.places)
        for node in nodes:
            for needed in self._read_across(node):
                if needed not in targets and not self._addressable(needed):
                    targets[needed] = [Place("scratch", self._take(needed.width))]
        late = [g for g in gradients if g.source is not None and g.source.width > SHORT]
        for gradient in late:
            if gradient.cotangent not in targets and not self._addressable(gradient.cotangent):
                targets[gradient.cotangent] = [Place("scratch", self._take(gradient.cotangent.width))]
        level = self._levels(nodes)
        blocks: dict[tuple[int, int, int], list[Node | Gradient]] = {}
        for node in nodes:
            if node in targets:
                special = self._is_special(node)
                blocks.setdefault((level[node], not special, 0 if special else node.width), []).append(node)
        for gradient in gradients:
            if gradient not in late:
                at = level[gradient.cotangent]
                blocks.setdefault((at, 1, gradient.cotangent.width), []).append(gradient)
        lines = [line for key in sorted(blocks) for line in self._block(blocks[key], targets)]
        return lines + [line for gradient in late for line in self._outer(gradient)]

    def _take(self, rows: int) -> int:
        self.scratch += rows
        return self.scratch - rows

    def _addressable(self, node: Node) -> bool:
        return node in self.places or isinstance(node, (Leaf, Weight, Constant))

    def _is_special(self, node: Node) -> bool:
        """Whether it needs a loop of its own, in memory."""
        if node in self.places:
            return False
        if isinstance(node, Product):
            return node.source.width > UNROLLED
        return isinstance(node, Select) and self._affine(node) is None

    def _read_across(self, node: Node) -> Iterator[Node]:
        """What must be in memory before ``node``; itself too if it has a loop of its own."""
        if node not in self.places and isinstance(node, (Product, Select)):
            yield node.source
            if self._is_special(node):
                yield node

    def _levels(self, nodes: Sequence[Node]) -> dict[Node, int]:
        level: dict[Node, int] = {}
        for node in nodes:
            if node in self.places:
                level[node] = 0
                continue
            across = isinstance(node, (Product, Select))
            base = max((level[s] for s in node.sources), default=0)
            level[node] = base + (1 if across and not self._addressable(node.sources[0]) else 0)
        return level

    def _block(self, items: Sequence[Node | Gradient], targets: Mapping[Node, list[Place]]) -> Iterator[str]:
        specials = [item for item in items if isinstance(item, Node) and self._is_special(item)]
        for node in specials:
            yield from self._special(node, targets[node])
        loop = [item for item in items if item not in specials]
        if loop:
            yield from self._loop(loop, targets)

    def _loop(self, items: Sequence[Node | Gradient], targets: Mapping[Node, list[Place]]) -> Iterator[str]:
        first = items[0]
        width = first.width if isinstance(first, Node) else first.cotangent.width
        unit = "j" if width > 1 else "0"
        body: list[str] = []
        names: dict[Node, str] = {}
        stored: list[Node] = []
        for item in items:
            before = len(body)
            body += self._item(item, unit, body, names, targets)
            if before and width > 1 and sum(line.count("[") for line in body) > ACCESSES:
                yield from self._written(width, body[:before])
                self.places |= {node: targets[node][0] for node in stored if node not in self.places}
                body, names, stored = [], {}, []
                body += self._item(item, unit, body, names, targets)
            if isinstance(item, Node):
                stored.append(item)
        yield from self._written(width, body)
        self.places |= {node: targets[node][0] for node in stored if node not in self.places}

    def _item(
        self,
        item: Node | Gradient,
        unit: str,
        body: list[str],
        names: dict[Node, str],
        targets: Mapping[Node, list[Place]],
    ) -> list[str]:
        """The lines that store a value or add to a gradient; what they need is added to ``body`` before."""
        if isinstance(item, Gradient):
            return self._accumulate(item, unit, body, names)
        value = self._value(item, unit, body, names)
        return [f"{self._at(place, unit)} = {value}" for place in targets[item]]

    def _written(self, width: int, body: Sequence[str]) -> Iterator[str]:
        indent = "    " if width > 1 else ""
        if width > 1:
            yield f"for j in range({width}):"
        yield f"{indent}for l in range({self.lanes}):"
        yield from (f"{indent}    {line}" for line in body)

    def _accumulate(self, g: Gradient, unit: str, body: list[str], names: dict[Node, str]) -> list[str]:
        value = self._value(g.cotangent, unit, body, names)
        lines = []
        for i in range(g.source.width if g.source is not None else 1):
            target = self._at(Place("gradient", g.start + i * g.inner), f"{g.outer}*{unit}" if g.outer != 1 else unit)
            factor = "" if g.source is None else f"{self._read(g.source, str(i))} * "
            lines.append(f"{target} += {factor}{value}")
        return lines

    def _outer(self, g: Gradient) -> Iterator[str]:
        """A long sum of products in a loop of its own."""
        assert g.source is not None, "only products are long"
        yield f"for i in range({g.source.width}):"
        yield f"    for j in range({g.cotangent.width}):"
        yield f"        for l in range({self.lanes}):"
        target = self._at(Place("gradient", g.start), f"{g.inner}*i + {g.outer}*j")
        yield f"            {target} += {self._read(g.source, 'i')} * {self._read(g.cotangent, 'j')}"

    def _value(self, node: Node, unit: str, body: list[str], names: dict[Node, str]) -> str:
        """The name of the scalar that holds ``node`` at ``unit``; its line is added to ``body``."""
        if isinstance(node, Constant):
            return self._read(node, unit)
        if node not in names:
            expression = self._expression(node, unit, body, names)
            names[node] = f"v{len(names)}"
            body.append(f"{names[node]} = {expression}")
        return names[node]

    def _expression(self, node: Node, unit: str, body: list[str], names: dict[Node, str]) -> str:
        if self._addressable(node):
            return self._read(node, unit)
        match node:
            case Apply():
                parts = [self._value(argument, unit, body, names) for argument in node.arguments]
                return _call(node.function, parts)
            case Product():
                return self._terms(node, unit, range(node.source.width))
            case Select():
                affine = self._affine(node)
                assert affine is not None, "irregular selections have their own loops"
                starts, stride = affine
                at = unit if stride == 1 else f"{stride}*{unit}" if stride else ""
                indices = [f"{start} + {at}" if at else str(start) for start in starts]
                return " + ".join(self._read(node.source, index) for index in indices) or self._constant(0.0)
            case _:
                raise TypeError(f"no expression for {node}")

    def _terms(self, node: Product, unit: str, items: range, shift: str = "") -> str:
        """``source[i] * w[...]`` for each of ``items``, added; ``shift`` is where they are counted from."""
        terms = []
        for i in items:
            if shift:
                weight = self._at(Place("weights", node.start), f"({shift}{i})*{node.inner} + {node.outer}*{unit}")
            else:
                at = unit if node.outer == 1 else f"{node.outer}*{unit}"
                weight = self._at(Place("weights", node.start + i * node.inner), at)
            terms.append(f"{self._read(node.source, f'{shift}{i}')} * {weight}")
        return " + ".join(terms)

    def _special(self, node: Node, places: Sequence[Place]) -> Iterator[str]:
        place = places[0]
        if isinstance(node, Product):
            yield from self._long_product(node, place)
        elif isinstance(node, Select):
            for out, row in enumerate(node.table):
                value = " + ".join(self._read(node.source, str(item)) for item in row) or self._constant(0.0)
                yield f"for l in range({self.lanes}):"
                yield f"    {self._at(place, str(out))} = {value}"
        self.places[node] = place
        for other in places[1:]:
            yield f"for j in range({node.width}):"
            yield f"    for l in range({self.lanes}):"
            yield f"        {self._at(other, 'j')} = {self._at(place, 'j')}"

    def _long_product(self, node: Product, place: Place) -> Iterator[str]:
        """BLOCK terms at a time, to read and write the sum seldom; then the rest."""
        whole = node.source.width // BLOCK * BLOCK
        target = self._at(place, "j")
        yield f"for j in range({node.width}):"
        yield f"    for l in range({self.lanes}):"
        yield f"        {target} = {self._terms(node, 'j', range(whole, node.source.width)) or self._constant(0.0)}"
        yield f"    for i in range(0, {whole}, {BLOCK}):"
        yield f"        for l in range({self.lanes}):"
        yield f"            {target} += {self._terms(node, 'j', range(BLOCK), 'i + ')}"

    def _affine(self, node: Select) -> tuple[tuple[int, ...], int] | None:
        """First row and stride of a table that moves evenly; None if it does not."""
        table = node.table
        stride = table[1][0] - table[0][0] if len(table) > 1 and table[0] and table[1] else 0
        if len(table[0]) > UNROLLED:
            return None
        for place, row in enumerate(table):
            if row != tuple(item + place * stride for item in table[0]):
                return None
        return table[0], stride

    def _read(self, node: Node, unit: str) -> str:
        """What is in memory at ``unit`` of ``node``."""
        match node:
            case Constant():
                return self._constant(node.value)
            case Weight() if node not in self.places:
                at = unit if node.stride == 1 else f"{node.stride}*({unit})" if node.stride else "0"
                return self._at(Place("weights", node.start), at)
            case Leaf() if node not in self.places:
                place = self.leaves[node.array]
                return self._at(Place(place.array, place.row + node.start), unit)
            case _:
                return self._at(self.places[node], unit)

    def _at(self, place: Place, unit: str) -> str:
        if unit.isdigit():
            return f"{place.array}[{(place.row + int(unit)) * self.lanes} + l]"
        return f"{place.array}[{place.row * self.lanes} + ({unit})*{self.lanes} + l]"

    def _constant(self, value: float) -> str:
        return self.constants.setdefault(value, f"C{len(self.constants)}")


def _call(function: str, parts: Sequence[str]) -> str:
    if function in INFIX:
        return f"{parts[0]} {INFIX[function]} {parts[1]}"
    if function == "neg":
        return f"-{parts[0]}"
    if function == "where":
        return f"{parts[1]} if {parts[0]} else {parts[2]}"
    module = "" if function in OWN else "np."
    return f"{module}{function}({', '.join(parts)})"
