"""Between which numbers the values of a step lie, whatever is computed: interval arithmetic on its graph."""

import math
from collections.abc import Iterable, Mapping
from typing import TypeGuard

from rnnbench.recurrence.adjoint import ordered
from rnnbench.recurrence.graph import Apply, Constant, Leaf, Node, Product, Select, Weight

Range = tuple[float, float]
LARGEST_WEIGHT = 1e12
"""What weights are supposed to be within."""
EVERYTHING = (-math.inf, math.inf)
SQUASHED: dict[str, Range] = {"tanh": (-1, 1), "sin": (-1, 1), "cos": (-1, 1), "sigmoid": (0, 1)}
BELOW, ABOVE = frozenset({"lt", "le"}), frozenset({"gt", "ge"})


def is_limit(node: Node) -> TypeGuard[Apply]:
    """Whether it is ``limit if value < limit else value``, or with the greater: a clamp is two of these.

    What is NaN stays so.
    """
    if not (isinstance(node, Apply) and node.function == "where"):
        return False
    condition, limit, value = node.arguments
    if not isinstance(condition, Apply):
        return False
    return condition.function in BELOW | ABOVE and condition.sources == (value, limit) and isinstance(limit, Constant)


class Ranges:
    """How large values may be, from the largest that each array of ``arrays`` holds; inputs are finite."""

    def __init__(self, arrays: Mapping[str, float], double: bool) -> None:
        self._most = 1e308 if double else 3e38
        self._arrays = {"inputs": self._most} | dict(arrays)
        self._known: dict[Node, Range] = {}

    def largest(self, nodes: Iterable[Node]) -> list[float]:
        """The largest size of each, infinite where it may be beyond what a number holds."""
        return [max(abs(low), abs(high)) for low, high in map(self.of, nodes)]

    def of(self, root: Node) -> Range:
        """The range of ``root``."""
        for node in ordered([root], self._known):
            if node not in self._known:
                low, high = self._range(node)
                self._known[node] = (low if low >= -self._most else -math.inf, high if high <= self._most else math.inf)
        return self._known[root]

    def _range(self, node: Node) -> Range:
        match node:
            case Leaf():
                return -self._arrays[node.array], self._arrays[node.array]
            case Constant():
                return node.value, node.value
            case Weight():
                return -LARGEST_WEIGHT, LARGEST_WEIGHT
            case Product():
                return times(self._known[node.source], (-LARGEST_WEIGHT, LARGEST_WEIGHT), node.source.width)
            case Select():
                counts = [len(row) for row in node.table]
                return times(self._known[node.source], (min(counts), max(counts)))
            case Apply():
                return self._of_function(node, [self._known[argument] for argument in node.arguments])
            case _:
                raise TypeError(f"no range of {node}")

    def _of_function(self, node: Apply, ranges: list[Range]) -> Range:
        (low, high), (first, last) = ranges[0], ranges[-1]
        divisor = node.arguments[-1]
        match node.function:
            case function if function in SQUASHED:
                return SQUASHED[function]
            case "neg":
                return -high, -low
            case "detach":
                return low, high
            case "add":
                return low + first, high + last
            case "sub":
                return low - last, high - first
            case "mul":
                return times(ranges[0], ranges[1])
            case "div" if isinstance(divisor, Constant) and divisor.value:
                return times(ranges[0], (1 / divisor.value, 1 / divisor.value))
            case "where":
                return _limited(node, ranges) if is_limit(node) else _either(ranges[1], ranges[2])
            case function if function in BELOW | ABOVE | {"eq"}:
                return 0, 1
            case _:
                return EVERYTHING


def times(a: Range, b: Range, count: int = 1) -> Range:
    """The sum of ``count`` products; infinite where a factor may be, for nought times that is not nought."""
    if not all(map(math.isfinite, (*a, *b))):
        return EVERYTHING
    products = [count * one * other for one in a for other in b]
    return min(products), max(products)


def _either(a: Range, b: Range) -> Range:
    return min(a[0], b[0]), max(a[1], b[1])


def _limited(node: Apply, ranges: list[Range]) -> Range:
    _, (limit, _), (low, high) = ranges
    at = max if isinstance(node.arguments[0], Apply) and node.arguments[0].function in BELOW else min
    return at(low, limit), at(high, limit)
