"""From a cell's ``step`` in PyTorch to a graph of the closed set, or to the reason why it stays eager.

The step of one model is traced into ATen operations. What depends on inputs or state is lowered, operation by
operation. What depends on weights alone is done once an update, by PyTorch or as :mod:`rnnbench.recurrence.origins` has
it; its results are the kernel's weights.
"""

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.func import functionalize
from torch.fx import Graph, GraphModule
from torch.fx import Node as Traced
from torch.fx.experimental.proxy_tensor import make_fx

from rnnbench.cell import Cell, derived_weights
from rnnbench.recurrence.adjoint import depth
from rnnbench.recurrence.graph import Constant, Leaf, Node, Step, Weight, select
from rnnbench.recurrence.lines import cause_of, kept_lines, line_of
from rnnbench.recurrence.operations import HEEDED, IDLE, OPERATIONS, TRUTHS, VIEWS, NotLowered
from rnnbench.recurrence.step import call

DEEPEST = 200
"""Operations one upon the other in a step; far beyond, Python's recursion and compilers give up."""


@dataclass(frozen=True)
class Lowered:
    """A cell as a graph."""

    step: Step
    weights: GraphModule
    """From the parameters and derived weights of one model to the tensors that the kernel reads."""
    shapes: tuple[tuple[int, ...], ...]
    """Shapes of those tensors."""


def lower(cell: Cell) -> Lowered:
    """The graph of ``cell``. Raises NotLowered."""
    return Lowering(*trace(cell)).result()


def trace(cell: Cell) -> tuple[GraphModule, int, int]:
    """The step in ATen operations, how many of its arguments are weights, and its batch size. Raises NotLowered."""
    names = [name for name, _ in cell.named_parameters()]
    derived = derived_weights(cell)
    taken = {size for value in (*cell.parameters(), *derived.values()) for size in value.shape}
    state_widths = [tuple(part.shape[1:]) for part in cell.initial_state(1)]
    taken |= {size for shape in state_widths for size in shape} | {math.prod(shape) for shape in state_widths}
    batch = indivisible(taken)
    dtype = next((parameter.dtype for parameter in cell.parameters()), torch.get_default_dtype())
    x = torch.zeros(batch, cell.inputs, dtype=dtype)
    state = tuple(part.detach().to(dtype).contiguous() for part in cell.initial_state(batch))
    flat = [*(p.detach() for p in cell.parameters()), *(d.detach() for d in derived.values()), x, *state]

    def flat_step(*values: Tensor) -> tuple[Tensor, ...]:
        own = dict(zip(names, values, strict=False))
        ready = dict(zip(derived, values[len(names) :], strict=False))
        x, *state = values[len(names) + len(derived) :]
        with kept_lines():
            output, new = call(cell, "step", own, ready, x, tuple(state))
        return (output, *new)

    try:
        with torch.enable_grad():  # what stops gradients within shows
            traced = make_fx(functionalize(flat_step))(*flat)
    except Exception as error:  # whatever a stranger's cell does under tracing
        raise NotLowered(f"it cannot be traced ({cause_of(error)}){line_of(error)}") from None
    return traced, len(names) + len(derived), batch


def indivisible(sizes: Iterable[int]) -> int:
    """A batch size that no size is a multiple of, so that an axis of the batch is known by its length.

    Raises NotLowered.
    """
    taken = {size for size in sizes if size}
    for n in (61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107):
        if not any(size % n == 0 for size in taken):
            return n
    raise NotLowered("its weights are of so many sizes that none is left for the batch")


class Lowering:
    """One walk over a traced graph.

    Its first argument after the weights is the input of a step, or ``first``; weights are numbered from ``total`` on.
    """

    def __init__(
        self, traced: GraphModule, weights: int, batch: int, first: Node | None = None, total: int = 0
    ) -> None:
        self.batch, self._traced = batch, traced
        self._values: dict[Traced, Any] = {}
        self._outside: dict[Traced, int] = {}
        self._total = total
        self._detached: set[Traced] = set()
        places = [node for node in traced.graph.nodes if node.op == "placeholder"]
        self._given = places[:weights]
        x, *states = places[weights:]
        self._values[x] = first or Leaf(math.prod(self.features(x)), "inputs", 0)
        self._shapes = [self.features(state) for state in states]
        self._states = [math.prod(shape) for shape in self._shapes]
        for number, state in enumerate(states):
            self._values[state] = Leaf(self._states[number], "state", sum(self._states[:number]))

    def values(self) -> tuple[list[Node], list[tuple[int, ...]]]:
        """Walk: what the traced function returns, and the shapes of it."""
        found = self.walk()
        return [self.returned(node) for node in found], [self.features(node) for node in found]

    def walk(self) -> Sequence[Traced]:
        """Lower what can be reached from the inputs; returns what the traced function returns."""
        returned: Sequence[Traced] = ()
        for node in self._traced.graph.nodes:
            if node.op == "output":
                returned = node.args[0]
            elif node.op == "call_function":
                with _named(node):
                    self._visit(node)
        return returned

    def result(self) -> Lowered:
        """The traced function as a cell's step."""
        (output, *new), (_, *shapes) = self.values()
        if shapes != self._shapes:
            raise NotLowered("its new states are not of the shapes of the old ones")
        if not self._outside:
            raise NotLowered("its step reads no weight")
        if not self._given:
            raise NotLowered("it has no parameters: all that its step reads is constant")
        if (deep := depth((output, *new))) > DEEPEST:
            raise NotLowered(f"its step is a chain of {deep} operations, more than {DEEPEST}")
        x = next(value for value in self._values.values() if isinstance(value, Leaf) and value.array == "inputs")
        step = Step(x.width, tuple(self._states), self._total, output, tuple(new), self._fixed())
        outside = tuple(tuple(node.meta["val"].shape) for node in self._outside)
        return Lowered(step, self._outside_graph(), outside)

    def _visit(self, node: Traced) -> None:
        if torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ()):
            raise NotLowered(f"{node.target} is random")
        if any(source in self._values for source in node.all_input_nodes):
            self._values[node] = self._lowered(node)
        elif "aten.detach" in str(node.target) or all(source in self._detached for source in node.all_input_nodes):
            self._detached.add(node)

    def _fixed(self) -> frozenset[int]:
        """The kernel's weights that PyTorch has detached."""
        starts = ((start, node) for node, start in self._outside.items() if node in self._detached)
        return frozenset(place for start, node in starts for place in range(start, start + node.meta["val"].numel()))

    def returned(self, node: Traced) -> Node:
        """A value that the traced function returns."""
        if not isinstance(node, Traced):
            raise NotLowered(f"its step returns one {type(node).__name__} where a tensor belongs")
        with _named(node):
            return self.batched(node, self.features(node))

    def features(self, node: Traced) -> tuple[int, ...]:
        """The shape of a traced value without its batch axis, which must come first."""
        shape = tuple(node.meta["val"].shape)
        if not shape or shape[0] != self.batch:
            raise NotLowered(f"{node.target} moves, sums or drops the batch axis")
        return shape[1:]

    def is_batched(self, item: Any) -> bool:
        """Whether it depends on inputs or state."""
        return isinstance(item, Traced) and item in self._values

    def batched(self, item: Any, shape: tuple[int, ...]) -> Node:
        """``item`` (number, weight or value) as a value of ``shape``, broadcast as PyTorch does."""
        if isinstance(item, (int, float)):
            return Constant(math.prod(shape), float(item))
        if self.is_batched(item):
            value, own = self._values[item], self.features(item)
            if len(own) != len(shape):
                raise NotLowered(f"{item.target} is broadcast over the batch axis")
        else:
            own = tuple(item.meta["val"].shape)
            if len(own) == len(shape) + 1:
                if own[0] != 1:
                    raise NotLowered(f"{item.target} depends on the batch size")
                own = own[1:]
            value = Weight(math.prod(own), self.weight(item))
        if own == shape:
            return value  # type: ignore[no-any-return]
        if isinstance(value, Weight) and value.width == 1:
            return Weight(math.prod(shape), value.start, 0)
        places = torch.arange(value.width).reshape(own).expand(shape).reshape(-1).tolist()
        return select(value, tuple((place,) for place in places))

    def weight(self, node: Traced) -> int:
        """Where the numbers of a value that depends on weights alone start among the kernel's weights."""
        if not isinstance(node.meta["val"], Tensor) or not node.meta["val"].is_floating_point():
            what = "a constant that it makes" if node.op == "get_attr" else str(node.target)
            raise NotLowered(f"{what} is no tensor of floats")
        if node not in self._outside:
            self._outside[node] = self._total
            self._total += node.meta["val"].numel()
        return self._outside[node]

    def _lowered(self, node: Traced) -> Any:
        if node.target is operator.getitem:
            return self._values[node.args[0]][node.args[1]]  # type: ignore[index]
        name = str(node.target).split(".")[1]
        rule: Callable[[Lowering, Traced], Node] | None = OPERATIONS.get(name)
        if rule is None and name not in VIEWS:
            raise NotLowered(f"{node.target} is outside the supported operations")
        if unread := set(node.kwargs) - IDLE - HEEDED.get(name, set()):
            raise NotLowered(f"{node.target} with {', '.join(sorted(unread))}")
        if getattr(node.meta["val"], "dtype", None) is torch.bool and name not in TRUTHS | VIEWS:
            raise NotLowered(f"{node.target} of truth values, which is no sum of noughts and ones")
        if rule is None:
            return self._view(node)
        return rule(self, node)

    def _view(self, node: Traced) -> Any:
        """Whatever only moves numbers about is done to their places, and the places are read off."""
        source = node.args[0]
        if not self.is_batched(source):
            raise NotLowered(f"{node.target} of weights and values together")
        if isinstance(node.meta["val"], Tensor):
            self.features(node)
        places = torch.arange(self._values[source].width).reshape(1, *self.features(source))  # type: ignore[index,arg-type]
        arguments: list[Any] = list(node.args[1:])
        if str(node.target).split(".")[1] in ("view", "_unsafe_view", "expand") and arguments[0][0] == self.batch:
            arguments[0] = [1, *arguments[0][1:]]
        moved = node.target(places, *arguments)  # type: ignore[operator]
        if isinstance(moved, Tensor):
            return self._selected(source, moved)
        return [self._selected(source, part) for part in moved]

    def _selected(self, source: Any, places: Tensor) -> Node:
        return select(self._values[source], tuple((place,) for place in places.reshape(-1).tolist()))

    def outside_values(self) -> Sequence[Tensor]:
        """What it computes, of a traced function that was given no weights."""
        values: Sequence[Tensor] = self._outside_graph()()
        return values

    def _outside_graph(self) -> GraphModule:
        """The part of the traced graph that PyTorch computes before the time loop."""
        made, copies = Graph(), dict[Traced, Traced]()
        for node in self._given:
            copies[node] = made.placeholder(str(node.target))
        wanted = set(self._outside)
        stack = list(wanted)
        while stack:
            for source in stack.pop().all_input_nodes:
                if source not in wanted:
                    wanted.add(source)
                    stack.append(source)
        for node in self._traced.graph.nodes:
            if node in wanted and node not in copies:
                copies[node] = made.node_copy(node, lambda item: copies[item])
        made.output(tuple(copies[node] for node in self._outside))
        return GraphModule(self._traced, made)


@contextmanager
def _named(node: Traced) -> Iterator[None]:
    """Refusals name the line of the cell, and whatever no rule foresees becomes one."""
    try:
        yield
    except NotLowered as refusal:
        raise NotLowered(f"{refusal}{node.stack_trace or ''}") from None
    except Exception as error:
        raise NotLowered(f"{node.target}: {type(error).__name__}: {error}{node.stack_trace or ''}") from None
