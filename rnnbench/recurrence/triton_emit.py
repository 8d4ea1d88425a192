"""From graph nodes to the lines of a Triton kernel.

A value is a tile ``sequence unit``. Weights, constants and tables are read ahead of the time loop and stay on chip. The
units beyond a value's width hold whatever the operations made of zeros: nothing sums over them before they are cleaned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rnnbench.recurrence.adjoint import Gradient
from rnnbench.recurrence.graph import COMPARISONS, Apply, Constant, Leaf, Node, Product, Select, Weight
from rnnbench.recurrence.triton_layout import Block, Chip, Table, Tiles

TEXTS = {
    "neg": "-{0}", "detach": "{0}", "add": "{0} + {1}", "sub": "{0} - {1}", "mul": "{0} * {1}", "div": "{0} / {1}",
    "tanh": "tanh({0})", "sigmoid": "sigmoid({0})", "log1p": "log1p({0})", "where": "tl.where({0}, {1}, {2})",
    "lt": "{0} < {1}", "le": "{0} <= {1}", "gt": "{0} > {1}", "ge": "{0} >= {1}", "eq": "{0} == {1}",
    **{name: f"tl.{name}({{0}})" for name in ("exp", "log", "sqrt", "sin", "cos")},
}  # fmt: skip


@dataclass
class Emitter:
    """Writes the lines of one pass; ``ahead`` come before the time loop, ``lines`` are in it."""

    tiles: Tiles
    leaves: Mapping[str, Sequence[Block | Chip]]
    """The parts of each Leaf array: one for each state, say."""
    kept: Mapping[Node, Block] = field(default_factory=dict)
    tables: list[int] = field(default_factory=list)
    """Numbers of all selections, shared by both passes."""
    ahead: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    _names: dict[object, str] = field(default_factory=dict)

    def full(self, node: Node) -> str:
        """The name of ``node`` with every sequence and unit of its tile present."""
        name = self.value(node)
        if isinstance(node, (Leaf, Product, Select)) or node in self.kept:
            return name
        return self._named(("full", node), f"tl.broadcast_to({name}, ({self.tiles.rows}, {self._units(node)}))")

    def value(self, node: Node) -> str:
        """The name of a tile of real numbers that broadcasts to ``node``."""
        if isinstance(node, Apply) and node.function in COMPARISONS:
            return self._named(node, f"{self._condition(node)}.to({self.tiles.real})")
        if node in self._names:
            return self._names[node]
        match node:
            case Constant():
                return self._constant(node.value)
            case Weight():
                sides = _listed(node.stride, node.width, self._units(node))
                return self._ahead(f"vector(weights + {node.start}, {sides})")
            case _ if node in self.kept:
                return self._named(node, self.read(self.kept[node]))
            case Leaf():
                return self._leaf(node)
            case Apply():
                return self._named(node, self._call(node))
            case Product():
                return self._named(node, self._product(node))
            case Select():
                return self._chosen(node, self.full(node.source), node.table)
            case _:
                raise TypeError(f"no line for {node}")

    def accumulate(self, gradient: Gradient, copy: int) -> str:
        """Add a step's part of a weight's gradient to a tile of its own; returns the line that leaves it in memory.

        ``copy`` is where the weights' copy begins in which it is left.
        """
        name, wide = self._accumulator(gradient), self._units(gradient.cotangent)
        target = f"gradients + {copy + gradient.start}"
        if gradient.source is None:
            return f"leave_vector({target}, {name}, {gradient.outer}, {gradient.cotangent.width}, {wide})"
        sides = (gradient.inner, gradient.outer, gradient.source.width, gradient.cotangent.width)
        value = name if self.tiles.dots else f"tl.sum({name}, 0)"
        return f"leave_matrix({target}, {value}, {_listed(*sides, self._units(gradient.source), wide)})"

    def _accumulator(self, gradient: Gradient) -> str:
        """The name of the tile; weights that are added to each other share it."""
        key = ("gradient", gradient.source, gradient.cotangent)
        if key not in self._names:
            name = self._names[key] = f"a{len(self.ahead)}"
            part, shape = self._outer(gradient)
            self.ahead.append(f"{name} = tl.zeros(({_listed(*shape)}), {self.tiles.real})")
            self.lines.append(f"{name} += {part}")
        return self._names[key]

    def _outer(self, gradient: Gradient) -> tuple[str, tuple[int, ...]]:
        """A step's part and its shape."""
        cotangent, wide = self.full(gradient.cotangent), self._units(gradient.cotangent)
        if gradient.source is None:
            return cotangent, (self.tiles.rows, wide)
        source, tall = self.full(gradient.source), self._units(gradient.source)
        if self.tiles.dots:
            return self._dot(f"tl.trans({source})", cotangent), (tall, wide)
        return f"{source}[:, :, None] * {cotangent}[:, None, :]", (self.tiles.rows, tall, wide)

    def _dot(self, left: str, right: str) -> str:
        return f'tl.dot({left}, {right}, input_precision="{self.tiles.dots}", out_dtype={self.tiles.real})'

    def zeros(self, width: int) -> str:
        """A whole tile of them."""
        return f"tl.zeros(({self.tiles.rows}, {self.tiles.units(width)}), {self.tiles.real})"

    def read(self, block: Block, offset: int = 0, width: int | None = None) -> str:
        """``width`` numbers of each sequence of ``block``, all by default."""
        width = block.width if width is None else width
        base = f"{block.base} + {offset}" if offset else block.base
        sizes = _listed(block.width, width, self.tiles.units(width))
        return f"read_asked({base}, row, {block.asked}, {sizes})" if block.asked else f"read({base}, row, {sizes})"

    def write(self, block: Block, value: str) -> str:
        """The line that leaves ``value`` there."""
        sizes = _listed(block.width, self.tiles.units(block.width))
        return f"write({block.base}, row, {block.asked or 'live'}, {value}, {sizes})"

    def _units(self, node: Node) -> int:
        return self.tiles.units(node.width)

    def _named(self, key: object, expression: str) -> str:
        if key not in self._names:
            self._names[key] = f"v{len(self.lines)}"
            self.lines.append(f"{self._names[key]} = {expression}")
        return self._names[key]

    def _ahead(self, expression: str) -> str:
        if expression not in self._names:
            self._names[expression] = f"w{len(self.ahead)}"
            self.ahead.append(f"{self._names[expression]} = {expression}")
        return self._names[expression]

    def _constant(self, value: float) -> str:
        number = repr(value) if abs(value) < float("inf") else f'float("{value}")'
        return self._ahead(f"tl.full((1, 1), {number}, {self.tiles.real})")

    def _condition(self, node: Node) -> str:
        """The name of a tile of truth values."""
        if isinstance(node, Apply) and node.function in COMPARISONS:
            return self._named(("condition", node), self._call(node))
        return self._named(("condition", node), f"{self.value(node)} != 0.0")

    def _call(self, node: Apply) -> str:
        first, *others = node.arguments
        name = self._condition(first) if node.function == "where" else self.value(first)
        return TEXTS[node.function].format(name, *(self.value(other) for other in others))

    def _product(self, node: Product) -> str:
        source, tall, wide = self.full(node.source), self._units(node.source), self._units(node)
        sides = (node.inner, node.outer, node.source.width, node.width, tall, wide)
        weight = self._ahead(f"matrix(weights + {node.start}, {_listed(*sides)})")
        if node.source.width != tall:
            source = self._named(("clean", node.source), f"clean({source}, {node.source.width}, {tall})")
        if self.tiles.dots:
            return self._dot(source, weight)
        return f"{source} * {weight}" if tall == 1 else f"narrow_product({source}, {weight})"

    def _leaf(self, node: Leaf) -> str:
        first = 0
        for part in self.leaves[node.array]:
            if node.start < first + part.width:
                return self._part(node, part, node.start - first)
            first += part.width
        raise IndexError(f"{node} is in no part")

    def _part(self, node: Leaf, part: Block | Chip, offset: int) -> str:
        if isinstance(part, Block):
            return self._named(node, self.read(part, offset, node.width))
        if node.width == part.width:
            return part.name
        return self._chosen(node, part.name, tuple((offset + place,) for place in range(node.width)))

    def _chosen(self, node: Node, source: str, table: Table) -> str:
        """Table entries lie ``unit term``; the padding of both is -1."""
        units, terms = self.tiles.selection(table)
        if not terms:
            return self._named(node, self.zeros(node.width))
        rows = [*table, *[()] * (units - len(table))]
        numbers = [number for row in rows for number in (*row, *[-1] * (terms - len(row)))]
        known = self._ahead(f"tl.load(tables + {self._place(numbers)} + tl.arange(0, {len(numbers)}))")
        made = f"chosen({source}, {known}, {self.tiles.rows}, {units}, {terms})"
        if units < self._units(node):
            made = f"tl.broadcast_to({made}, ({self.tiles.rows}, {self._units(node)}))"
        return self._named(node, made)

    def _place(self, numbers: list[int]) -> int:
        for start in range(len(self.tables) - len(numbers) + 1):
            if self.tables[start : start + len(numbers)] == numbers:
                return start
        self.tables += numbers
        return len(self.tables) - len(numbers)


def _listed(*numbers: int) -> str:
    return ", ".join(map(str, numbers))
