"""How many operations one sequence needs to advance one step, counted from the traced step of any cell.

A matrix product counts its multiply-adds, a sum its additions, whatever else computes one for each number that it
makes (a function evaluation), and what only moves numbers about nothing. What depends on weights alone is left out: it
is done once an update. ``rnnbench.bench`` counts otherwise, in floating-point operations of both passes.
"""

from typing import Any

from torch.fx import GraphModule
from torch.fx import Node as Traced

from rnnbench.cell import Cell, Model
from rnnbench.recurrence.lower import trace
from rnnbench.recurrence.operations import VIEWS, NotLowered
from rnnbench.sequence_model import SequenceModel

PRODUCTS = frozenset({"mm", "bmm", "addmm", "baddbmm", "dot", "mv"})
SUMS = frozenset({"sum", "mean", "amax", "amin", "cumsum", "logsumexp"})
MOVES = VIEWS | {"getitem", "cat", "stack", "copy", "detach", "flip", "roll", "index", "gather", "index_select", "pad"}
MAKES = frozenset({"zeros", "ones", "full", "zeros_like", "ones_like", "full_like", "new_zeros", "empty", "arange"})


def operations(cell: Model, steps: int) -> int | None:
    """Operations of one of ``steps`` steps for one sequence; None for a cell that cannot be traced."""
    if isinstance(cell, SequenceModel):
        return cell.operations(steps)
    assert isinstance(cell, Cell), "a model is one or the other"
    try:
        traced, weights, batch = trace(cell)
    except NotLowered:
        return None
    return counted(traced, weights) // batch


def counted(traced: GraphModule, weights: int) -> int:
    """Operations of the whole graph that depend on more than its first ``weights`` arguments."""
    nodes = list(traced.graph.nodes)
    given = [node for node in nodes if node.op == "placeholder"]
    batched, total = set(given[weights:]), 0
    for node in nodes:
        if node.op == "call_function" and batched.intersection(node.all_input_nodes):
            batched.add(node)
            total += _cost(node)
    return total


def _cost(node: Traced) -> int:
    name = getattr(node.target, "__name__", str(node.target)).split(".")[0]
    if name in MOVES or name in MAKES:
        return 0
    made = _numbers(node)
    if name in PRODUCTS:
        left: Any = node.args[1 if name in ("addmm", "baddbmm") else 0]
        return made * int(left.meta["val"].shape[-1])
    if name in SUMS:
        source: Any = node.args[0]
        return max(_numbers(source) - made, 0)
    return made


def _numbers(node: Traced) -> int:
    value = node.meta["val"]
    return int((value[0] if isinstance(value, list | tuple) else value).numel())
