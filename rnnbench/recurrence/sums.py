"""Sums with their products last: a processor adds a product to what is there already in the operation that makes it.

``x @ w + h @ u + b`` as written is a multiplication, a multiply-add and an addition; as ``b + x w + h u`` it is two
multiply-adds, and what waits for the state, by which all steps hang together, comes at the very end.
"""

from collections import Counter
from dataclasses import replace
from itertools import chain

from rnnbench.recurrence.adjoint import ordered
from rnnbench.recurrence.graph import Apply, Leaf, Node, Product, Select, Step, apply


def products_last(step: Step) -> Step:
    """The same step but for the order in which terms are added up."""
    roots = (step.output, *step.new_states)
    nodes = ordered(roots)
    uses = Counter([*roots, *(source for node in nodes for source in node.sources)])
    sums = [node for node in nodes if _is_sum(node)]
    inner = {source for node in sums for source in node.sources if _is_sum(source) and uses[source] == 1}
    waits: dict[Node, bool] = {}
    terms: dict[Node, list[Node]] = {}
    made: dict[Node, Node] = {}
    for node in nodes:  # sources come first
        waits[node] = _is_state(node) or any(waits[source] for source in node.sources)
        if _is_sum(node):
            terms[node] = [*chain(*(terms.pop(source) if source in inner else [source] for source in node.sources))]
        if node in inner:
            continue
        first, *others = sorted(terms.get(node, []), key=lambda term: (_is_product(term), waits[term])) or [node]
        made[node] = made[first] if others else _rebuilt(node, made)
        for term in others:
            made[node] = apply("add", made[node], made[term])
    return replace(step, output=made[step.output], new_states=tuple(made[state] for state in step.new_states))


def _is_sum(node: Node) -> bool:
    return isinstance(node, Apply) and node.function == "add"


def _is_product(node: Node) -> bool:
    return isinstance(node, Product) or (isinstance(node, Apply) and node.function == "mul")


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
