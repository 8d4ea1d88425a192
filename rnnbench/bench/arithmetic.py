"""How many floating-point operations a cell's step and its backward pass need, read off the lowered graph."""

from collections.abc import Iterable

from rnnbench.cell import Cell
from rnnbench.recurrence.adjoint import Gradient, adjoint, ordered
from rnnbench.recurrence.graph import Apply, Node, Product, Select, Step
from rnnbench.recurrence.lower import lower

TRANSCENDENTAL = 15
"""What tanh, sigmoid and their like count for: about the operations of the kernels' rational tanh, by convention."""
PLAIN = frozenset({"neg", "add", "sub", "mul", "div", "lt", "le", "gt", "ge", "eq", "where"})
"""Pointwise functions that count for one operation; a square root counts as one too."""


def operations(cell: Cell) -> int:
    """Operations that one sequence of one member needs to advance one step, forwards and backwards.

    A multiply-add counts as two, and a pass back that ends where all gradients have vanished as a whole one. Read-out,
    loss and optimiser are left out: they are spent once a sequence or once an update. What the cell computes from
    weights alone is left out too. Raises NotLowered.
    """
    return count(lower(cell).step)


def count(step: Step) -> int:
    """Operations of ``step`` and its adjoint, which reads the values of the forward pass and leaves inputs alone."""
    forward = ordered((*step.new_states, step.output))
    back = adjoint(step)
    if not back.gradients:  # a fixed reservoir has no pass back
        return _sum(forward)
    roots = (*back.states, *(gradient.cotangent for gradient in back.gradients))
    known = set(forward)
    backward = [node for node in ordered(roots, known) if node not in known]
    return _sum(forward) + _sum(backward) + sum(_accumulation(gradient) for gradient in back.gradients)


def _sum(nodes: Iterable[Node]) -> int:
    return sum(_node(node) for node in nodes)


def _node(node: Node) -> int:
    """Operations that compute one value from its sources."""
    match node:
        case Apply():
            return node.width * (1 if node.function in PLAIN or node.function == "sqrt" else TRANSCENDENTAL)
        case Product():
            return node.width * (2 * node.source.width - 1)
        case Select():
            return sum(max(len(row) - 1, 0) for row in node.table)
        case _:
            return 0


def _accumulation(gradient: Gradient) -> int:
    """An outer product added to a weight's gradient, or a plain addition."""
    rows = 1 if gradient.source is None else 2 * gradient.source.width
    return rows * gradient.cotangent.width
