"""What a forward pass leaves for the backward pass, and what it finds ready because it is the same at every step."""

from collections.abc import Iterable

from rnnbench.recurrence.adjoint import Adjoint, ordered
from rnnbench.recurrence.graph import COMPARISONS, Apply, Constant, Leaf, Node, Select, Step, Weight
from rnnbench.recurrence.pattern import pattern_of


def roots(adjoint: Adjoint, inputs_wanted: bool) -> tuple[Node, ...]:
    """Everything that the backward pass computes; cotangents of the inputs only if they are wanted."""
    inputs = (adjoint.inputs,) if inputs_wanted else ()
    sources = (gradient.source for gradient in adjoint.gradients if gradient.source is not None)
    return (*adjoint.states, *inputs, *(gradient.cotangent for gradient in adjoint.gradients), *sources)


def kept_values(step: Step, wanted: Iterable[Node]) -> list[Node]:
    """The values of ``step`` that ``wanted`` reads: the first on every way down that are not cheaper computed again."""
    forward = set(ordered((*step.new_states, step.output)))
    kept: dict[Node, None] = {}
    seen: set[Node] = set()

    def visit(node: Node) -> None:
        if node in seen:
            return
        seen.add(node)
        if node in forward and not isinstance(node, (Leaf, Weight, Constant)) and not is_cheap(node):
            kept[node] = None
            return
        for source in node.sources:
            visit(source)

    for node in wanted:
        visit(node)
    return [*kept]


def is_cheap(node: Node) -> bool:
    """Whether computing it again costs no more than reading it."""
    if isinstance(node, Select):  # nothing is computed: what it reads is read where it stands
        is_spread = node.source.width <= node.width and all(len(row) == 1 for row in node.table)
        return is_spread and pattern_of(node) is not None
    if not isinstance(node, Apply):
        return False
    with_constant = any(isinstance(argument, Constant) for argument in node.arguments)
    return node.function in COMPARISONS or node.function in ("neg", "where", "detach") or (
        node.function in ("add", "sub", "mul") and with_constant)  # fmt: skip


def made_of_weights(step: Step) -> list[Node]:
    """What a step reads and could find ready: pointwise functions of weights and constants (two biases, added)."""
    nodes = ordered((*step.new_states, step.output))
    alike: set[Node] = set()
    for node in nodes:  # sources come first
        if isinstance(node, (Weight, Constant)) or (node.sources and all(source in alike for source in node.sources)):
            alike.add(node)
    read = [source for node in nodes if node not in alike for source in node.sources]
    return [node for node in dict.fromkeys(read) if node in alike and isinstance(node, Apply)]
