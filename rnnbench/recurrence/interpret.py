"""A graph by numpy in float64, node by node: what the compiled kernels are to compute, slowly and plainly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnbench.recurrence.adjoint import Gradient, adjoint
from rnnbench.recurrence.graph import Apply, Constant, Leaf, Node, Product, Select, Step, Weight

Array = NDArray[np.float64]
NUMPY: dict[str, Any] = {
    "neg": np.negative, "detach": np.positive, "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide,
    "tanh": np.tanh, "sigmoid": lambda a: 1 / (1 + np.exp(-a)), "exp": np.exp, "log": np.log, "log1p": np.log1p,
    "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "where": np.where, "power": np.power,
    "lt": lambda a, b: 1.0 * (a < b), "le": lambda a, b: 1.0 * (a <= b), "gt": lambda a, b: 1.0 * (a > b),
    "ge": lambda a, b: 1.0 * (a >= b), "eq": lambda a, b: 1.0 * (a == b),
}  # fmt: skip


@dataclass
class Moment:
    """Values ``width lane`` of one time step."""

    arrays: Mapping[str, Array]
    weights: Array
    values: dict[Node, Array] = field(default_factory=dict)

    def __call__(self, node: Node) -> Array:
        """The value of ``node``."""
        if node not in self.values:
            value = np.asarray(self._compute(node))
            self.values[node] = np.broadcast_to(value, (node.width, self.arrays["inputs"].shape[1]))
        return self.values[node]

    def _compute(self, node: Node) -> Array:
        match node:
            case Leaf():
                return self.arrays[node.array][node.start : node.start + node.width]
            case Constant():
                return np.float64(node.value)  # type: ignore[return-value]
            case Weight():
                return self.weights[[[node.start + place * node.stride] for place in range(node.width)]]
            case Apply():
                return NUMPY[node.function](*map(self, node.arguments))  # type: ignore[no-any-return]
            case Product():
                matrix = self.weights[_matrix(node.source.width, node.width, node.start, node.inner, node.outer)]
                return np.asarray(matrix.T @ self(node.source))
            case Select():
                source = self(node.source)
                if all(len(row) == 1 for row in node.table):
                    return source[[row[0] for row in node.table]]
                return np.stack([source[list(row)].sum(axis=0) for row in node.table])
            case _:
                raise TypeError(f"unknown: {node}")

    def gradient(self, item: Gradient, total: Array) -> None:
        """Add what ``item`` contributes to ``total``, over all lanes."""
        cotangent = self(item.cotangent)
        source = np.ones((1, cotangent.shape[1])) if item.source is None else self(item.source)
        places = _matrix(len(source), len(cotangent), item.start, item.inner, item.outer)
        np.add.at(total, places, source @ cotangent.T)


def _matrix(rows: int, columns: int, start: int, inner: int, outer: int) -> Any:
    return start + inner * np.arange(rows)[:, None] + outer * np.arange(columns)[None, :]


@dataclass
class Result:
    """Everything ``lane``-last."""

    outputs: Array
    states: Array
    inputs: Array
    """Gradient, as the next two."""
    initial: Array
    weights: Array


def run(step: Step, weights: Array, inputs: Array, initial: Array, given: Array, last: Array) -> Result:
    """Forwards, then backwards from cotangents ``given`` of every output and ``last`` of the last state."""
    before: list[Array] = [initial]
    outputs = []
    for x in inputs:
        moment = Moment({"inputs": x, "state": before[-1]}, weights)
        outputs.append(moment(step.output))
        before.append(np.concatenate([moment(node) for node in step.new_states]))
    back, cotangent, total = adjoint(step), last, np.zeros_like(weights)
    wanted: list[Array] = []
    for x, state, g in zip(inputs[::-1], before[-2::-1], given[::-1], strict=True):
        moment = Moment({"inputs": x, "state": state, "cotangent": cotangent, "output_cotangent": g}, weights)
        wanted.append(moment(back.inputs))
        for item in back.gradients:
            moment.gradient(item, total)
        cotangent = np.concatenate([moment(node) for node in back.states])
    return Result(np.stack(outputs), before[-1], np.stack(wanted[::-1]), cotangent, total)


def joined(parts: Sequence[Array]) -> Array:
    """Parts ``batch ...`` as one array ``width batch``."""
    return np.concatenate([part.reshape(len(part), -1).T for part in parts])
