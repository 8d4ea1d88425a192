"""Where the numbers come from that a kernel reads of a member: most are its parameters, some are derived from these.

All that there is of a member stands in one row: its parameters (those of the read-out last), fixed numbers that the
cell brings along, and what is derived from both, such as ``torch.exp(self.decay)`` in a step or whatever
:meth:`rnnbench.cell.Cell.derive` returns. What is derived is a graph of the same closed set as the step.
"""

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import torch
from torch import Tensor
from torch.func import functionalize, vmap
from torch.fx import GraphModule, Interpreter
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.traceback import preserve_node_meta

from rnnbench.cell import Cell, derived_weights
from rnnbench.recurrence.adjoint import depth
from rnnbench.recurrence.emit import scattered
from rnnbench.recurrence.graph import Constant, Node, Select, Step, Weight
from rnnbench.recurrence.lines import cause_of, kept_lines, line_of
from rnnbench.recurrence.lower import DEEPEST, Lowered, Lowering, indivisible
from rnnbench.recurrence.operations import VIEWS, NotLowered
from rnnbench.recurrence.shared import shared
from rnnbench.recurrence.step import call

MOST_SCATTERED = 500
"""Statements for selections without order: 2000 take a minute to compile, PyTorch takes little over such weights."""


@dataclass(frozen=True)
class Origins:
    """A member's row, and which of its numbers each of the kernel's is."""

    parameters: int
    fixed: tuple[float, ...]
    derived: tuple[Node, ...]
    """From weights, which count in the row."""
    places: tuple[int, ...]
    """For each number that the kernel reads of the cell, its place in the row."""

    @property
    def first_derived(self) -> int:
        """Where they begin."""
        return self.parameters + len(self.fixed)

    @property
    def total(self) -> int:
        """Numbers of the row."""
        return self.first_derived + sum(node.width for node in self.derived)

    @property
    def derivation(self) -> Step:
        """What is derived, as if it were the new state of a step: so it can be differentiated like one."""
        fixed = frozenset(range(self.parameters, self.first_derived))
        return Step(0, (), self.parameters, Constant(1, 0.0), self.derived, fixed)

    def without_gradients_of_fixed(self, step: Step) -> Step:
        """A kernel's step, of whose fixed numbers no gradient is wanted."""
        fixed = (n for n, place in enumerate(self.places) if self.parameters <= place < self.first_derived)
        return replace(step, fixed=step.fixed | {*fixed})


def origins(cell: Cell, lowered: Lowered, parameters: int) -> Origins:
    """Of what ``lowered`` reads; ``parameters`` counts the read-out's too. Raises NotLowered."""
    if not [*cell.parameters()]:
        raise NotLowered("the cell has no parameters")
    if derived_weights(cell) or not _only_copies(lowered.weights):
        return _derived(cell, lowered, parameters)
    shapes = [parameter.shape for parameter in cell.parameters()]
    ends = accumulate(map(math.prod, shapes))
    counted = [
        torch.arange(end - shape.numel(), end, dtype=torch.float64).view(shape)
        for shape, end in zip(shapes, ends, strict=True)
    ]
    copied = (value.reshape(-1).tolist() for value in lowered.weights(*counted))
    return Origins(parameters, (), (), tuple(int(place) for values in copied for place in values))


def _only_copies(weights: GraphModule) -> bool:
    for node in weights.graph.nodes:
        is_operation = node.op == "call_function" and node.target is not operator.getitem
        if node.op == "get_attr" or (is_operation and str(node.target).split(".")[1] not in (*VIEWS, "detach")):
            return False
    return True


def _derived(cell: Cell, lowered: Lowered, parameters: int) -> Origins:
    of_one = _from_parameters(cell, lowered)
    row = torch.cat([parameter.detach().reshape(-1) for parameter in cell.parameters()])
    sizes = (size for shape in (row.shape, *lowered.shapes) for size in shape)
    batch = indivisible([*sizes, *(size for parameter in cell.parameters() for size in parameter.shape)])
    traced = _trace(of_one, row.expand(batch, -1).contiguous())
    lowering = Lowering(traced, 0, batch, Weight(len(row), 0), parameters)
    try:
        found = [lowering.returned(node) if lowering.is_batched(node) else None for node in lowering.walk()]
    except NotLowered as refusal:
        raise NotLowered(f"in what is derived from parameters, {refusal}") from None
    step = Step(0, (), parameters, Constant(1, 0.0), tuple(node for node in found if node is not None))
    nodes = iter(_checked(step).new_states)
    constants = [value.detach() for value in of_one(row)]
    values = [constant if node is None else next(nodes) for node, constant in zip(found, constants, strict=True)]
    return _laid_out(values, [number for value in lowering.outside_values() for number in _numbers(value)], parameters)


def _checked(step: Step) -> Step:
    """With equal values as one. Raises NotLowered for what compilers would not bear."""
    if (deep := depth((step.output, *step.new_states))) > DEEPEST:
        raise NotLowered(f"weights are derived by a chain of {deep} operations, more than {DEEPEST}")
    if (many := scattered(once := shared(step))) > MOST_SCATTERED:
        raise NotLowered(f"deriving weights puts {many} values in their places one by one, more than {MOST_SCATTERED}")
    return once


def _from_parameters(cell: Cell, lowered: Lowered) -> Callable[[Tensor], tuple[Tensor, ...]]:
    """The function from a model's parameters, laid end to end, to the tensors that its kernel reads."""
    names, shapes = zip(*((name, value.shape) for name, value in cell.named_parameters()), strict=True)

    def of_one(row: Tensor) -> tuple[Tensor, ...]:
        parts = torch.split(row, [shape.numel() for shape in shapes])
        own = {name: part.view(shape) for name, part, shape in zip(names, parts, shapes, strict=True)}
        with kept_lines():
            derived = call(cell, "derive", own, {})
        return _traceable(lowered.weights, [*own.values(), *derived.values()])

    return of_one


def _traceable(graph: GraphModule, arguments: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """``graph`` of ``arguments``, whose lines go on to what is traced; ``run`` would make a progress bar's lock."""
    interpreter = Interpreter(graph)
    interpreter.args_iter = iter(arguments)
    values: tuple[Tensor, ...] = ()
    with preserve_node_meta():
        for node in graph.graph.nodes:  # the last one returns them
            interpreter.env[node] = values = interpreter.run_node(node)
    return values


def _trace(of_one: Callable[[Tensor], tuple[Tensor, ...]], rows: Tensor) -> GraphModule:
    try:
        with torch.enable_grad():  # what stops gradients within shows
            traced: GraphModule = make_fx(functionalize(vmap(of_one)))(rows)
    except Exception as error:  # whatever a stranger's cell does under tracing
        raise NotLowered(f"its derived weights cannot be traced ({cause_of(error)}){line_of(error)}") from None
    traced.graph.eliminate_dead_code()  # of promoted types, which no rule need know
    return traced


def _laid_out(values: Sequence[Node | Tensor], fixed: list[float], parameters: int) -> Origins:
    """A row for ``values`` in turn: some are copies, some constant (tensors), which stand behind what is ``fixed``.

    Equal ones have one place.
    """
    places: list[Sequence[int] | None] = []
    for value in values:
        if isinstance(value, Tensor):
            places.append(range(parameters + len(fixed), parameters + len(fixed) + value.numel()))
            fixed += _numbers(value)
        else:
            places.append(_copied(value))
    derived: dict[Node, range] = {}
    start = parameters + len(fixed)
    for number, value in enumerate(values):
        if places[number] is None and isinstance(value, Node):
            derived.setdefault(value, range(start, start + value.width))
            start = max(start, derived[value].stop)
            places[number] = derived[value]
    return Origins(parameters, tuple(fixed), tuple(derived), tuple(place for own in places if own for place in own))


def _copied(value: Node) -> Sequence[int] | None:
    """The places of the row that ``value`` is a copy of; None if it is computed."""
    match value:
        case Weight():
            return [value.start + number * value.stride for number in range(value.width)]
        case Select(source=Weight() as weight) if all(len(row) == 1 for row in value.table):
            return [weight.start + row[0] * weight.stride for row in value.table]
        case _:
            return None


def _numbers(value: Tensor) -> list[float]:
    numbers: list[float] = value.reshape(-1).tolist()
    return numbers
