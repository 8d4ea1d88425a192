"""Equal values computed once.

Cutting a gate out of a joined value (``stretch`` in :mod:`rnnbench.recurrence.graph`) copies what it is computed from,
once for every way that leads there: a clamp names its argument four times, so its gate would have four equal products.
"""

from dataclasses import fields, replace
from typing import Any

from rnnbench.recurrence.graph import Node, Step


def shared(step: Step) -> Step:
    """The same step, in which nodes that are equal are one node."""
    known: dict[object, Node] = {}
    made: dict[Node, Node] = {}

    def only(node: Node) -> Node:
        if node not in made:
            values: dict[str, Any] = {field.name: with_shared(getattr(node, field.name)) for field in fields(node)}
            key = (type(node), *(repr(value) if isinstance(value, float) else value for value in values.values()))
            made[node] = known.setdefault(key, replace(node, **values))
        return made[node]

    def with_shared(value: object) -> object:
        if isinstance(value, Node):
            return only(value)
        return tuple(map(with_shared, value)) if isinstance(value, tuple) else value

    return replace(step, output=only(step.output), new_states=tuple(map(only, step.new_states)))
