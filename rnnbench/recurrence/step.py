"""From one model's ``step`` to the same step for a tile of members.

``step`` is traced once under ``vmap`` into a flat graph of ATen operations with a leading member axis; replaying that
graph costs only its operations. A cell that cannot be traced (Python ``if`` on data, say) runs member by member, and
:attr:`MemberStep.reason` says why.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, functionalize, vmap
from torch.fx import GraphModule
from torch.fx.experimental.proxy_tensor import make_fx

from rnnbench.cell import Cell, Model, State, derived_weights
from rnnbench.recurrence.lines import cause_of, kept_lines
from rnnbench.recurrence.product import member_product

Weights = dict[str, Tensor]
"""Parameters by name, each with a leading ``member`` axis."""

_IDENTITIES = {
    torch.ops.aten.expand.default,
    torch.ops.aten.view.default,
    torch.ops.aten._unsafe_view.default,
    torch.ops.aten.reshape.default,
    torch.ops.aten.alias.default,
}


class MemberStep:
    """``cell``'s step for ``members`` models at once on ``batch`` sequences each."""

    reason: str
    """Why the cell is not batched over members; empty if it is."""

    def __init__(self, cell: Cell, members: int, batch: int) -> None:
        self._cell, self._members, self._batch = cell, members, batch
        self._graphs: dict[tuple[torch.dtype, torch.device], Callable[..., Any]] = {}
        self._fixed_state: State | None = None
        self._derives = bool(derived_weights(cell))
        self._own_start = starts_from_parameters(cell)
        self.reason = "" if members > 1 else "one model at a time: nothing to batch"

    def derive(self, parameters: Weights) -> Weights:
        """Weights that the cell computes once an update, ``member ...``; empty for most cells."""
        if not self._derives:
            return {}
        rows = [dict(call(self._cell, "derive", own, {})) for own in self._members_of(parameters)]
        return {name: torch.stack([row[name] for row in rows]) for name in rows[0]}

    def initial_state(self, parameters: Weights, like: Tensor) -> State:
        """State tensors ``member batch width`` on the device and in the dtype of ``like``."""
        if self._fixed_state is not None and self._fixed_state[0].dtype == like.dtype:
            return self._fixed_state
        if self._own_start:
            rows = [call(self._cell, "initial_state", own, {}, self._batch) for own in self._members_of(parameters)]
            return tuple(torch.stack(parts) for parts in zip(*rows, strict=True))
        state = self._cell.initial_state(self._batch)
        self._fixed_state = tuple(part.to(like).expand(self._members, *part.shape).contiguous() for part in state)
        return self._fixed_state

    def __call__(self, parameters: Weights, derived: Weights, x: Tensor, state: State) -> tuple[Tensor, State]:
        """One step: ``x`` is ``member batch feature``; returns outputs ``member batch hidden`` and the new state."""
        if not self.reason:
            key = (x.dtype, x.device)
            if key not in self._graphs:
                self._trace(key, parameters, derived, x, state)
        if self.reason:
            return self._one_by_one(parameters, derived, x, state)
        flat = self._graphs[key](*parameters.values(), *derived.values(), x, *state)
        return flat[0], tuple(flat[1:])

    def _trace(self, key: Any, parameters: Weights, derived: Weights, x: Tensor, state: State) -> None:
        names, derived_names = list(parameters), list(derived)

        def flat_step(*flat: Tensor) -> tuple[Tensor, ...]:
            values = list(flat)
            own = {name: values.pop(0) for name in names}
            ready = {name: values.pop(0) for name in derived_names}
            output, new = call(self._cell, "step", own, ready, values[0], tuple(values[1:]))
            return (output, *(part.contiguous() for part in new))  # as what was traced is: views of it stay views

        example = [item.detach() for item in (*parameters.values(), *derived.values(), x, *state)]
        try:
            with torch.enable_grad(), kept_lines():  # what stops gradients within shows
                graph = make_fx(functionalize(vmap(flat_step)))(*example)
        except Exception as error:  # whatever a stranger's cell does under tracing
            self.reason = f"{self._cell.name} cannot be traced over members ({cause_of(error)})"
            return
        self._graphs[key] = _simplify(graph).forward

    def _one_by_one(self, parameters: Weights, derived: Weights, x: Tensor, state: State) -> tuple[Tensor, State]:
        outputs, states = [], []
        for member, own in enumerate(self._members_of(parameters)):
            ready = {name: value[member] for name, value in derived.items()}
            output, new = call(self._cell, "step", own, ready, x[member], tuple(part[member] for part in state))
            outputs.append(output)
            states.append(new)
        return torch.stack(outputs), tuple(torch.stack(parts) for parts in zip(*states, strict=True))

    def _members_of(self, parameters: Weights) -> Iterator[Weights]:
        """Each member's own parameters."""
        for member in range(self._members):
            yield {name: value[member] for name, value in parameters.items()}


def starts_from_parameters(cell: Cell) -> bool:
    """Whether the initial state is made of parameters, trained or not: each member then has a start of its own."""
    unknown = {name: torch.full_like(value, math.nan) for name, value in cell.named_parameters()}
    return any(bool(part.isnan().any()) for part in call(cell, "initial_state", unknown, {}, 1))


class _Method(nn.Module):
    """A method of a model as a module, so that ``functional_call`` can put other weights under it."""

    def __init__(self, cell: Model, method: str) -> None:
        super().__init__()
        self.cell, self.method = cell, method

    def forward(self, *arguments: Any) -> Any:
        return getattr(self.cell, self.method)(*arguments)


def call(cell: Cell, method: str, parameters: Weights, derived: Mapping[str, Tensor], *arguments: Any) -> Any:
    """``method`` of ``cell`` with other weights under it, traceable by autograd, vmap and make_fx.

    What is fixed is detached, so that no kernel computes its gradient.
    """
    earlier, cell.derived = cell.derived, derived
    fixed = cell.fixed
    try:
        own = {name: value.detach() if name in fixed else value for name, value in parameters.items()}
        return call_method(cell, method, own, *arguments)
    finally:
        cell.derived = earlier


def call_method(model: Model, method: str, parameters: Weights, *arguments: Any) -> Any:
    """``method`` of ``model`` with other weights under it."""
    weights = {f"cell.{name}": value for name, value in parameters.items()}
    return functional_call(_Method(model, method), weights, arguments)


def _simplify(graph: GraphModule) -> GraphModule:
    """Ready the graph for tiles: operations on tensors this small cost more than their arithmetic.

    Reshapes that change nothing are dropped; matrix products round alike in every row of the tile.
    """
    for node in list(graph.graph.nodes):
        if node.op != "call_function":
            continue
        if node.target in _IDENTITIES:
            before, after = node.args[0].meta["val"], node.meta["val"]
            if before.shape == after.shape and before.stride() == after.stride():
                node.replace_all_uses_with(node.args[0])
                graph.graph.erase_node(node)
        elif node.target is torch.ops.aten.bmm.default:
            node.target = member_product
    graph.graph.eliminate_dead_code()
    graph.recompile()
    return graph
