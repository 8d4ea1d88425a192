"""Sums of products and weights with the products last, those that wait for the state at the very end.

A processor adds a product to what is there already in the operation that makes it: for one unit ``x w + h u + b`` as
written is a multiplication, a multiply-add and an addition, ``b + x w + h u`` two multiply-adds. With more units,
products have loops of their own; there, a step waits less for the one before. Other sums stay as they are written:
parentheses may be meant, as in ``(x + m) - m``, which rounds.
"""

from collections import Counter
from dataclasses import replace

from rnnbench.recurrence.adjoint import ordered
from rnnbench.recurrence.graph import Apply, Leaf, Node, Product, Select, Step, Weight, apply

MOST = 8
"""Terms of a sum that is put in order: as a chain it is as deep as they are many, and compilers recurse."""


def products_last(step: Step) -> Step:
    """The same step but for the order in which such terms are added up."""
    roots = (step.output, *step.new_states)
    nodes = ordered(roots)
    uses = Counter([*roots, *(source for node in nodes for source in node.sources)])
    waits: dict[Node, bool] = {}
    terms: dict[Node, list[Node]] = {}
    made: dict[Node, Node] = {}

    def parts(source: Node) -> list[Node]:
        """What ``source`` brings into a sum; one that is read elsewhere too is a single term."""
        return terms[source] if source in terms and uses[source] == 1 else [source]

    for node in nodes:  # sources come first
        waits[node] = _is_state(node) or any(waits[source] for source in node.sources)
        made[node] = _rebuilt(node, made)
        if isinstance(node, Apply) and node.function == "add":
            found = [term for source in node.sources for term in parts(source)]
            if len(found) <= MOST and all(isinstance(term, Weight) or _is_product(term) for term in found):
                terms[node] = sorted(found, key=lambda term: (_is_product(term), waits[term]))
                made[node] = _added([made[term] for term in terms[node]])
    return replace(step, output=made[step.output], new_states=tuple(made[state] for state in step.new_states))


def _added(terms: list[Node]) -> Node:
    first, *others = terms
    for term in others:
        first = apply("add", first, term)
    return first


def _is_product(node: Node) -> bool:
    """With weights: several of a matrix or one number."""
    if isinstance(node, Apply) and node.function == "mul":
        return any(isinstance(source, Weight) for source in node.sources)
    return isinstance(node, Product)


def _is_state(node: Node) -> bool:
    return isinstance(node, Leaf) and node.array == "state"


def _rebuilt(node: Node, made: dict[Node, Node]) -> Node:
    """``node`` of new sources; itself if they are the old ones."""
    if all(made[source] is source for source in node.sources):
        return node
    match node:
        case Apply():
            return replace(node, arguments=tuple(made[source] for source in node.arguments))
        case Product() | Select():
            return replace(node, source=made[node.source])
        case _:
            raise TypeError(f"{node} has no sources")
