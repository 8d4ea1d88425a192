"""What a cell's step is made of: a small typed graph, the one source of every fused kernel.

A value is ``feature lane``: ``width`` numbers for each lane, a lane being one sequence of one member. The closed set of
operations:

=========  =============================================================================================================
Leaf       what a step is given: inputs, states, cotangents, or values that the forward pass kept
Weight     ``width`` numbers of a weight from ``start`` on; a member's lanes share them
Constant   one number
Apply      a pointwise function of FUNCTIONS
Product    ``out[o] = sum_i source[i] w[start + i inner + o outer]``: a vector times (part of) a weight matrix
Select     ``out[o] = sum_i source[i] for i in table[o]``: slices, joins, permutations, broadcasts and sums alike
=========  =============================================================================================================

The set is closed under differentiation (:mod:`rnnbench.recurrence.adjoint`). What a cell does to weights alone
(``torch.exp(self.decay)``, say) stays outside of a step: it is done once an update, before the time loop, in a fused
update as a graph of its own (:mod:`rnnbench.recurrence.origins`), else by PyTorch. So does the CPU kernel with what
became of weights alone when a sum was put in order.
"""

from dataclasses import dataclass

FUNCTIONS = {
    "neg": 1, "add": 2, "sub": 2, "mul": 2, "div": 2,
    "tanh": 1, "sigmoid": 1, "exp": 1, "log": 1, "log1p": 1, "sqrt": 1, "sin": 1, "cos": 1, "power": 2, "detach": 1,
    "lt": 2, "le": 2, "gt": 2, "ge": 2, "eq": 2, "where": 3,
}  # fmt: skip
"""Pointwise functions and how many arguments each takes; ``detach`` is its argument, without a derivative."""
COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq"})


@dataclass(frozen=True, eq=False)
class Node:
    """A value of ``width`` numbers a lane."""

    width: int

    @property
    def sources(self) -> "tuple[Node, ...]":
        """The values it is computed from."""
        return ()


@dataclass(frozen=True, eq=False)
class Leaf(Node):
    """Rows ``start`` to ``start + width`` of the given array ``array`` (``inputs``, ``state``, ``cotangent``, ...)."""

    array: str
    start: int


@dataclass(frozen=True, eq=False)
class Constant(Node):
    """The same number in every place."""

    value: float


@dataclass(frozen=True, eq=False)
class Weight(Node):
    """Numbers of the weights from ``start`` on, ``stride`` apart; stride 0 repeats one."""

    start: int
    stride: int = 1


@dataclass(frozen=True, eq=False)
class Apply(Node):
    """A pointwise function."""

    function: str
    arguments: tuple[Node, ...]

    @property
    def sources(self) -> tuple[Node, ...]:
        """The arguments."""
        return self.arguments


@dataclass(frozen=True, eq=False)
class Product(Node):
    """``out[o] = sum_i source[i] w[start + i inner + o outer]``."""

    source: Node
    start: int
    inner: int
    outer: int

    @property
    def sources(self) -> tuple[Node, ...]:
        """The vector."""
        return (self.source,)


@dataclass(frozen=True, eq=False)
class Select(Node):
    """``out[o] = sum_i source[i] for i in table[o]``."""

    source: Node
    table: tuple[tuple[int, ...], ...]

    @property
    def sources(self) -> tuple[Node, ...]:
        """The value selected from."""
        return (self.source,)


def apply(function: str, *arguments: Node) -> Node:
    """``function`` of ``arguments``, which are of one width; what is known beforehand is folded.

    That is not a product with nought, which of an infinite number is none.
    """
    width = max(argument.width for argument in arguments)
    assert len(arguments) == FUNCTIONS[function], function
    values = [argument.value if isinstance(argument, Constant) else None for argument in arguments]
    if not width:
        return Constant(0, 0.0)
    if function == "mul" and 1.0 in values:
        return arguments[1 - values.index(1.0)]
    if function == "add" and 0.0 in values:
        return arguments[1 - values.index(0.0)]
    if function == "sub" and values[1] == 0.0:
        return arguments[0]
    return Apply(width, function, arguments)


def is_zero(node: Node) -> bool:
    """Whether it is known to be nought."""
    return isinstance(node, Constant) and node.value == 0.0


def product(source: Node, width: int, start: int, inner: int, outer: int) -> Node:
    """A product with a weight; with a single number it is a multiplication like any other."""
    if is_zero(source):
        return Constant(width, 0.0)
    if source.width == 1 and width == 1:
        return apply("mul", source, Weight(1, start))
    return Product(width, source, start, inner, outer)


def select(source: Node, table: tuple[tuple[int, ...], ...]) -> Node:
    """Select from ``source``, pushed towards the leaves where it is a plain stretch of it."""
    if not any(table):
        return Constant(len(table), 0.0)
    if isinstance(source, Constant) and len({len(row) for row in table}) == 1:
        return Constant(len(table), source.value * len(table[0]))
    first = table[0][0] if table[0] else -1
    if first < 0 or any(row != (first + place,) for place, row in enumerate(table)):
        return Select(len(table), source, table)
    return stretch(source, first, len(table))


def stretch(source: Node, start: int, width: int, made: dict[Node, Node] | None = None) -> Node:
    """``source[start : start + width]``: a split or slice disappears, its gate is computed by itself.

    ``made`` holds what was stretched on the way: what is shared stays shared.
    """
    if start == 0 and width == source.width:
        return source
    made = {} if made is None else made
    if source not in made:
        made[source] = _stretched(source, start, width, made)
    return made[source]


def _stretched(source: Node, start: int, width: int, made: dict[Node, Node]) -> Node:
    match source:
        case Leaf():
            return Leaf(width, source.array, source.start + start)
        case Constant():
            return Constant(width, source.value)
        case Weight():
            return Weight(width, source.start + start * source.stride, source.stride)
        case Apply():
            return apply(source.function, *(stretch(argument, start, width, made) for argument in source.arguments))
        case Product():
            return product(source.source, width, source.start + start * source.outer, source.inner, source.outer)
        case Select():
            return select(source.source, source.table[start : start + width])
        case _:
            raise TypeError(f"no stretch of {source}")


@dataclass(frozen=True)
class Step:
    """A whole step: its output and new state, of the same widths as the old."""

    inputs: int
    states: tuple[int, ...]
    """Width of each state."""
    weights: int
    """Numbers of all weights of a member together."""
    output: Node
    new_states: tuple[Node, ...]
    fixed: frozenset[int] = frozenset()
    """Which of those numbers no gradient is wanted of."""
