"""From graph nodes to statements: which values are kept in memory, in which order, and the text of each loop.

A value lies in memory only if something reads it at another unit than the one it belongs to, or if it is wanted
outside. Everything else is a name within one loop over units. A name stands for all lanes of a vector; memory is rows
of them, ``chunks`` vectors to a row.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rnnbench.recurrence.adjoint import Gradient, adjoint, ordered
from rnnbench.recurrence.body import (
    TERMS,
    UNROLLED,
    Body,
    Place,
    Rows,
    added,
    is_addressable,
    over_chunks,
    scaled,
    selected,
    summed,
)
from rnnbench.recurrence.graph import Node, Product, Select, Step
from rnnbench.recurrence.pattern import pattern_of

OUTPUTS_AT_ONCE = 8
"""So many outputs of a long product are summed side by side, to read its vector once for all of them."""
UNITS_AT_ONCE = 2
"""So many units go through a loop with products side by side, for the same reason."""
SCATTERED = 4000
"""Statements for selections without order (a matrix as state is full of them): beyond, compiling takes minutes."""


Fill = Callable[[Body, str], None]
"""Adds the statements of one unit to a body."""


@dataclass
class Emitter:
    """Writes the statements that compute stores and gradients of one time step."""

    rows: Rows
    leaves: Mapping[str, Place]
    """Where each Leaf array begins."""
    places: dict[Node, Place] = field(default_factory=dict)
    """Values that are in memory."""
    constants: dict[float, str] = field(default_factory=dict)
    body: type[Body] = Body
    """How the statements of one loop are written."""
    scratch: int = 0
    """Rows of scratch memory in use."""
    blocks: int = 0
    """Loops written so far."""

    def lines(self, stores: Sequence[tuple[Node, Place]], gradients: Sequence[Gradient]) -> list[str]:
        """The body of one time step, or of what is computed before all steps."""
        roots = [*(node for node, _ in stores), *(g.cotangent for g in gradients)]
        targets: dict[Node, list[Place]] = {}
        for node, place in stores:
            targets.setdefault(node, []).append(place)
        nodes = ordered(roots, self.places)
        self._keep_what_is_read_across(nodes, targets)
        level = self._levels(nodes)
        blocks: dict[tuple[int, int, int], list[Node | Gradient]] = {}
        for node in nodes:
            if node in targets:
                special = self._is_special(node)
                blocks.setdefault((level[node], not special, 0 if special else node.width), []).append(node)
        for gradient in gradients:
            at = level[gradient.cotangent]
            blocks.setdefault((at, 1, gradient.cotangent.width), []).append(gradient)
        return [line for key in sorted(blocks) for line in self._block(blocks[key], targets)]

    def _keep_what_is_read_across(self, nodes: Sequence[Node], targets: dict[Node, list[Place]]) -> None:
        needed = [item for node in nodes for item in self._read_across(node)]
        for node in needed:
            if node not in targets and not is_addressable(node, self.places):
                targets[node] = [self.take(node.width)]

    def take(self, rows: int) -> Place:
        """Rows of scratch memory that this emitter writes nothing else to."""
        self.scratch += rows
        return Place("scratch", self.scratch - rows)

    def _is_special(self, node: Node) -> bool:
        """Whether it needs a loop of its own, in memory."""
        if node in self.places:
            return False
        if isinstance(node, Product):
            return node.source.width > TERMS
        if not isinstance(node, Select):
            return False
        pattern = pattern_of(node)
        return pattern is None or len(pattern.starts) > UNROLLED

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
            across = isinstance(node, (Product, Select)) and not is_addressable(node.sources[0], self.places)
            level[node] = max((level[source] for source in node.sources), default=0) + across
        return level

    def _block(self, items: Sequence[Node | Gradient], targets: Mapping[Node, list[Place]]) -> Iterator[str]:
        self.blocks += 1
        specials = [item for item in items if isinstance(item, Node) and self._is_special(item)]
        for node in specials:
            first, *others = targets[node]
            yield from self._scattered(node, first) if _is_scattered(node) else self._long(node, first)
            self.places[node] = first
            for other in others:
                yield from self._over_units(node.width, 1, lambda body, unit: body.store(node, unit, other))  # noqa: B023
        loop = [item for item in items if item not in specials]
        if loop:
            yield from self._loop(loop, targets)

    def _loop(self, items: Sequence[Node | Gradient], targets: Mapping[Node, list[Place]]) -> Iterator[str]:
        """Values and gradients of one width, unit by unit; what is stored is read from memory afterwards."""
        first = items[0]
        width = first.width if isinstance(first, Node) else first.cotangent.width

        def fill(body: Body, unit: str) -> None:
            for item in items:
                if isinstance(item, Gradient):
                    body.accumulate(item, unit)
                    continue
                for place in targets[item]:
                    body.store(item, unit, place)

        products = any(isinstance(node, Product) for node in self._computed(items))
        yield from self._over_units(width, UNITS_AT_ONCE if products else 1, fill)
        for item in items:
            if isinstance(item, Node):
                self.places.setdefault(item, targets[item][0])

    def _computed(self, items: Sequence[Node | Gradient]) -> list[Node]:
        roots = [item.cotangent if isinstance(item, Gradient) else item for item in items]
        return [node for node in ordered(roots, self.places) if node not in self.places]

    def _over_units(self, width: int, at_once: int, fill: Fill) -> Iterator[str]:
        """Few units are written out; more go through a loop, ``at_once`` side by side, and then the rest."""
        whole = width // at_once * at_once if width > 2 * at_once else 0
        if whole:
            body = self.fresh()
            for unit in range(at_once):
                fill(body, f"j + {unit}" if unit else "j")
            yield f"for j in range(0, {whole}, {at_once}):"
            yield from (f"    {line}" for line in body.looped())
        if whole < width:
            body = self.fresh()
            for unit in range(whole, width):
                fill(body, str(unit))
            yield from body.looped()

    def fresh(self) -> Body:
        """An empty loop."""
        return self.body(self.rows, self.leaves, self.places, self.constants)

    def _scattered(self, node: Node, place: Place) -> Iterator[str]:
        """A selection without order, place by place."""
        assert isinstance(node, Select), "products have a loop of their own"
        body = self.fresh()
        for out, row in enumerate(node.table):
            body.write(place, str(out), body.total([body.read(node.source, str(item)) for item in row]))
        yield from body.looped()

    def _long(self, node: Node, place: Place) -> Iterator[str]:
        """A product or a sum: OUTPUTS_AT_ONCE held in registers while the terms go by, then the rest."""
        whole = node.width // OUTPUTS_AT_ONCE * OUTPUTS_AT_ONCE
        if whole:
            lines = self._long_block(node, place, OUTPUTS_AT_ONCE, "j")
            yield f"for j in range(0, {whole}, {OUTPUTS_AT_ONCE}):"
            yield from (f"    {line}" for line in over_chunks(self.rows, lines))
        if whole < node.width:
            yield from over_chunks(self.rows, self._long_block(node, place, node.width - whole, str(whole)))

    def _long_block(self, node: Node, place: Place, outputs: int, first: str) -> Iterator[str]:
        terms, ends = self.fresh(), self.fresh()
        for out in range(outputs):
            unit = added(first, out)
            terms.add(f"s{out} = s{out} + {_term(node, unit, terms)}")
            ends.write(place, unit, f"s{out}")
            yield f"s{out} = splat({terms.constant(0.0)})"
        yield f"for i in range({_terms(node)}):"
        yield from (f"    {line}" for line in terms.statements())
        yield from ends.statements()


def _is_scattered(node: Node) -> bool:
    """Whether it is a selection that no loop goes through."""
    if not isinstance(node, Select):
        return False
    pattern = pattern_of(node)
    return pattern is None or (len(pattern.starts) > UNROLLED and pattern.step is None)


def _terms(node: Node) -> int:
    """Terms of each of its sums."""
    return len(node.table[0]) if isinstance(node, Select) else node.sources[0].width


def _term(node: Node, unit: str, body: Body) -> str:
    """Term ``i`` of the sum at ``unit``."""
    if isinstance(node, Product):
        source, at = body.read(node.source, "i"), f"{scaled('i', node.inner)} + {scaled(unit, node.outer)}"
        return f"{source} * {body.weight(node.start, at)}"
    assert isinstance(node, Select), "nothing else is long"
    pattern = pattern_of(node)
    assert pattern is not None, "scattered ones have no loop"
    assert pattern.step is not None, "scattered ones have no loop"
    return body.read(node.source, summed(selected(pattern, pattern.starts[0], unit), scaled("i", pattern.step)))


def scattered(step: Step) -> int:
    """Values that ``step`` and its adjoint put in their places one by one."""
    back = adjoint(step)
    roots = (*step.new_states, step.output, *back.states, *(gradient.cotangent for gradient in back.gradients))
    selections = (node for node in ordered(roots) if isinstance(node, Select) and _is_scattered(node))
    return sum(len(row) for node in selections for row in node.table)
