"""The vector-Jacobian product of a step, as nodes of the same closed set of operations."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from rnnbench.recurrence.graph import (
    COMPARISONS,
    Apply,
    Constant,
    Leaf,
    Node,
    Product,
    Select,
    Step,
    Weight,
    apply,
    is_zero,
    product,
    select,
)


@dataclass(frozen=True, eq=False)
class Gradient:
    """What is added to a weight's gradient: ``g[start + i inner + o outer] += source[i] cotangent[o]``.

    Without a source (a weight used pointwise) it is ``g[start + o outer] += cotangent[o]``.
    """

    start: int
    inner: int
    outer: int
    source: Node | None
    cotangent: Node

    @property
    def places(self) -> list[int]:
        """The gradients that are added to."""
        sources = range(self.source.width if self.source is not None else 1)
        return [self.start + i * self.inner + o * self.outer for i in sources for o in range(self.cotangent.width)]


@dataclass(frozen=True)
class Adjoint:
    """From cotangents of output and new state to those of inputs, old state and weights."""

    inputs: Node
    states: tuple[Node, ...]
    gradients: tuple[Gradient, ...]


def ordered(roots: Sequence[Node], known: Container[Node] = ()) -> list[Node]:
    """Every node that ``roots`` are computed from, sources before users; what is ``known`` is not looked behind."""
    seen: dict[Node, None] = {}
    stack = [*reversed(roots)]
    while stack:
        node = stack[-1]
        missing = [] if node in known else [source for source in node.sources if source not in seen]
        if missing:
            stack.append(missing[0])
        else:
            seen.setdefault(stack.pop())
    return list(seen)


def depth(roots: Sequence[Node]) -> int:
    """The longest chain of nodes that ``roots`` are computed from."""
    depths: dict[Node, int] = {}
    for node in ordered(roots):
        depths[node] = 1 + max((depths[source] for source in node.sources), default=0)
    return max(depths.values())


def adjoint(step: Step, *, wanted: bool = True) -> Adjoint:
    """Differentiate ``step`` backwards; its output is ``wanted`` for itself, or by later steps alone."""
    cotangents: dict[Node, Node] = {}
    start = 0
    for node in step.new_states:
        _add(cotangents, node, Leaf(node.width, "cotangent", start))
        start += node.width
    if wanted:
        _add(cotangents, step.output, Leaf(step.output.width, "output_cotangent", 0))
    inputs: Node = Constant(step.inputs, 0.0)
    starts = list(accumulate(step.states, initial=0))
    states: list[Node] = [Constant(width, 0.0) for width in step.states]
    gradients: list[Gradient] = []
    for node in reversed(ordered((*step.new_states, step.output))):
        g = cotangents.get(node)
        if g is None or is_zero(g):
            continue
        match node:
            case Leaf(array="inputs"):
                inputs = apply("add", inputs, _pad(g, node.start, step.inputs))
            case Leaf():
                which = bisect_right(starts, node.start) - 1
                padded = _pad(g, node.start - starts[which], step.states[which])
                states[which] = apply("add", states[which], padded)
            case Weight():
                if node.start not in step.fixed:
                    gradients.append(Gradient(node.start, 0, node.stride, None, g))
            case Product():
                if node.start not in step.fixed:
                    gradients.append(Gradient(node.start, node.inner, node.outer, node.source, g))
                back = product(g, node.source.width, node.start, node.outer, node.inner)
                _add(cotangents, node.source, back)
            case Select():
                _add(cotangents, node.source, select(g, _transposed(node.table, node.source.width)))
            case Apply():
                for argument, part in zip(node.arguments, _parts(node, g), strict=True):
                    _add(cotangents, argument, part)
    return Adjoint(inputs, tuple(states), tuple(gradients))


def alike(gradients: Sequence[Gradient]) -> dict[Gradient, tuple[int, ...]]:
    """Gradients that differ, each with where all of its like start: two biases that are added need one sum.

    What something else is added to as well (a weight that is used twice) is like nothing, so that at the places of
    those that are alike always stand the same numbers.
    """
    added = Counter(place for g in gradients for place in {*g.places})
    first: dict[tuple[object, ...], Gradient] = {}
    starts: dict[Gradient, tuple[int, ...]] = {}
    for g in gradients:
        if any(added[place] > 1 for place in g.places):
            starts[g] = (g.start,)
            continue
        kept = first.setdefault((g.inner, g.outer, g.source, g.cotangent), g)
        starts[kept] = (*starts.get(kept, ()), g.start)
    return starts


def _add(cotangents: dict[Node, Node], node: Node, g: Node) -> None:
    cotangents[node] = apply("add", cotangents[node], g) if node in cotangents else g


def _pad(g: Node, start: int, width: int) -> Node:
    """``g`` from ``start`` on in a value of ``width``, the rest nought."""
    return select(g, tuple((place - start,) if start <= place < start + g.width else () for place in range(width)))


def _transposed(table: tuple[tuple[int, ...], ...], width: int) -> tuple[tuple[int, ...], ...]:
    back: list[list[int]] = [[] for _ in range(width)]
    for out, row in enumerate(table):
        for source in row:
            back[source].append(out)
    return tuple(tuple(row) for row in back)


def _parts(y: Apply, g: Node) -> Iterator[Node]:
    """The cotangent of each argument."""
    a = y.arguments[0]
    b = y.arguments[1] if len(y.arguments) > 1 else a
    one, zero = Constant(y.width, 1.0), Constant(y.width, 0.0)
    match y.function:
        case "neg":
            yield apply("neg", g)
        case "add":
            yield from (g, g)
        case "sub":
            yield from (g, apply("neg", g))
        case "mul":
            yield from (apply("mul", g, b), apply("mul", g, a))
        case "div":
            scaled = apply("div", g, b)
            yield from (scaled, apply("neg", apply("mul", scaled, y)))
        case "tanh":
            yield apply("mul", g, apply("sub", one, apply("mul", y, y)))
        case "sigmoid":
            yield apply("mul", g, apply("mul", y, apply("sub", one, y)))
        case "exp":
            yield apply("mul", g, y)
        case "log":
            yield apply("div", g, a)
        case "log1p":
            yield apply("div", g, apply("add", one, a))
        case "sqrt":
            yield apply("div", apply("mul", g, Constant(y.width, 0.5)), y)
        case "sin":
            yield apply("mul", g, apply("cos", a))
        case "cos":
            yield apply("neg", apply("mul", g, apply("sin", a)))
        case "power":
            lowered = apply("mul", b, apply("power", a, apply("sub", b, one)))
            of_base = apply("where", apply("eq", b, zero), zero, lowered)  # nought to the power of -1 is infinite
            of_exponent = apply("where", apply("eq", a, zero), zero, apply("mul", y, apply("log", a)))
            yield from (apply("mul", g, of_base), apply("mul", g, of_exponent))
        case "where":
            yield from (zero, apply("where", a, g, zero), apply("where", a, zero, g))
        case "detach":
            yield zero
        case function if function in COMPARISONS:
            yield from (zero, zero)
        case _:
            raise TypeError(f"no derivative of {y.function}")
