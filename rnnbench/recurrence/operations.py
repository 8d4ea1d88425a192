"""The ATen operations that can be lowered, each in terms of the closed set."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from rnnbench.recurrence.graph import FUNCTIONS, Apply, Constant, Node, apply, product, select

if TYPE_CHECKING:
    from rnnbench.recurrence.lower import Lowering

Traced = Any
"""A node of torch.fx, whose arguments may be of any type."""
Rule = Callable[["Lowering", "Traced"], Node]

VIEWS = frozenset(
    (
        *("view", "_unsafe_view", "unsqueeze", "squeeze", "expand", "permute", "transpose"),
        *("slice", "select", "split", "split_with_sizes", "unbind", "alias", "clone"),
    )
)
"""Operations that only move numbers about."""
IDLE = frozenset({"layout", "device", "pin_memory", "memory_format"})
"""What may be given by name and decides nothing here."""
HEEDED = {"add": {"alpha"}, "sub": {"alpha"}, "rsub": {"alpha"}, "addmm": {"alpha"}, "gelu": {"approximate"}}
"""What else may be given by name, and to what."""
TRUTHS = frozenset(("lt", "le", "gt", "ge", "eq", "mul", "where", "maximum", "minimum", "detach", "cat"))
"""Operations whose truth values are what the same formula makes of noughts and ones; a sum of them is not."""


class NotLowered(Exception):
    """Why a cell cannot become a kernel; its operation is named."""


def _arguments(lowering: Lowering, node: Traced, count: int) -> list[Node]:
    shape = lowering.features(node)
    return [lowering.batched(item, shape) for item in node.args[:count]]


def _of(count: int, formula: Callable[..., Node]) -> Rule:
    def rule(lowering: Lowering, node: Traced) -> Node:
        if len(node.args) > count:
            raise NotLowered(f"{node.target} with {node.args[count]}")
        return formula(*_arguments(lowering, node, count))

    return rule


def _number(like: Node, value: float) -> Constant:
    return Constant(like.width, float(value))


def _scaled_sum(function: str, *, reverse: bool = False) -> Rule:
    def rule(lowering: Lowering, node: Traced) -> Node:
        a, b = _arguments(lowering, node, 2)
        scale = node.args[2] if len(node.args) > 2 else node.kwargs.get("alpha", 1)
        first, second = (b, a) if reverse else (a, b)
        return apply(function, first, apply("mul", _number(second, scale), second))

    return rule


def _limited(a: Node, low: Node | None, high: Node | None, *, strictly: bool = False) -> Node:
    """Between limits. At a limit the gradient passes, as in torch's clamp; ``strictly`` not, as in its hardtanh."""
    below, above = ("le", "ge") if strictly else ("lt", "gt")
    if low is not None:
        a = apply("where", apply(below, a, low), low, a)
    if high is not None:
        a = apply("where", apply(above, a, high), high, a)
    return a


def _log(a: Node) -> Node:
    """Of a sigmoid by what it is a sigmoid of: far below nought single precision holds the one, not the other."""
    if not (isinstance(a, Apply) and a.function == "sigmoid"):
        return apply("log", a)
    (z,) = a.arguments
    zero = _number(z, 0)
    above, below = _limited(z, zero, None), _limited(z, None, zero)
    far = apply("neg", apply("log1p", apply("exp", apply("neg", above))))
    near = apply("sub", below, apply("log1p", apply("exp", below)))
    return apply("where", apply("gt", z, zero), far, near)


def _between(a: Node, low: float, high: float) -> Node:
    return _limited(a, _number(a, low), _number(a, high), strictly=True)


def _clamp(low_at: int | None, high_at: int | None) -> Rule:
    def rule(lowering: Lowering, node: Traced) -> Node:
        shape = lowering.features(node)
        given = [node.args[at] if at is not None and len(node.args) > at else None for at in (0, low_at, high_at)]
        a, low, high = (None if item is None else lowering.batched(item, shape) for item in given)
        assert a is not None, "it limits something"
        return _limited(a, low, high)

    return rule


def _hardtanh(lowering: Lowering, node: Traced) -> Node:
    (a,) = _arguments(lowering, node, 1)
    given = list(node.args[1:])
    low, high = given + [-1.0, 1.0][len(given) :]
    return _between(a, low, high)


def _hardsigmoid(a: Node) -> Node:
    """Limits first: at -3 and 3 sharp, however the line rounds."""
    return apply("add", apply("mul", _between(a, -3.0, 3.0), _number(a, 1 / 6)), _number(a, 0.5))


def _relu(a: Node) -> Node:
    """NaN stays NaN; the gradient at nought is nought."""
    return _limited(a, _number(a, 0), None, strictly=True)


def _abs(a: Node) -> Node:
    """NaN stays NaN; the gradient at nought is nought."""
    zero = _number(a, 0)
    positive = apply("where", apply("eq", a, zero), zero, a)
    return apply("where", apply("lt", a, zero), apply("neg", a), positive)


def _sign(a: Node) -> Node:
    """Of NaN nought, as in torch; the gradient is nought."""
    zero = _number(a, 0)
    below = apply("where", apply("lt", a, zero), _number(a, -1), zero)
    return apply("where", apply("gt", a, zero), _number(a, 1), below)


def _gelu(lowering: Lowering, node: Traced) -> Node:
    if node.kwargs.get("approximate") != "tanh":
        raise NotLowered(f"{node.target} by the error function: only approximate='tanh' is supported")
    (a,) = _arguments(lowering, node, 1)
    cube = apply("mul", _number(a, 0.044715), apply("mul", a, apply("mul", a, a)))
    inner = apply("mul", _number(a, math.sqrt(2 / math.pi)), apply("add", a, cube))
    half = apply("mul", _number(a, 0.5), a)
    return apply("mul", half, apply("add", _number(a, 1), apply("tanh", inner)))


def _softplus(lowering: Lowering, node: Traced) -> Node:
    (a,) = _arguments(lowering, node, 1)
    given = list(node.args[1:])
    beta, threshold = (_number(a, value) for value in given + [1.0, 20.0][len(given) :])
    scaled = apply("mul", beta, a)
    soft = apply("log1p", apply("exp", _limited(scaled, None, threshold)))
    return apply("where", apply("gt", scaled, threshold), a, soft if beta.value == 1 else apply("div", soft, beta))


def _larger(first: str, other: str) -> Callable[[Node, Node], Node]:
    def formula(a: Node, b: Node) -> Node:
        """At a tie, half of the gradient goes to either, as in torch; a NaN on one side comes through."""
        half = apply("mul", _number(a, 0.5), apply("add", a, b))
        return apply("where", apply(first, a, b), a, apply("where", apply(other, a, b), b, half))

    return formula


def _power(lowering: Lowering, node: Traced) -> Node:
    (a,) = _arguments(lowering, node, 1)
    exponent: Any = node.args[1]
    if lowering.is_batched(exponent):
        return apply("power", a, lowering.batched(exponent, lowering.features(node)))
    if exponent == 0.5:
        return apply("sqrt", a)
    if exponent not in (1, 2, 3, 4, -1):
        raise NotLowered(f"{node.target} with exponent {exponent}: only -1, 0.5 and 1 to 4 are supported")
    result = a
    for _ in range(int(abs(exponent)) - 1):
        result = apply("mul", result, a)
    return result if exponent > 0 else apply("div", _number(a, 1), result)


def _mm(lowering: Lowering, node: Traced, a: Any, w: Any) -> Node:
    if not lowering.is_batched(a) or lowering.is_batched(w) or len(lowering.features(a)) != 1:
        raise NotLowered(f"{node.target} is not of a value `batch feature` with a weight matrix")
    rows, columns = w.meta["val"].shape
    start = lowering.weight(w)
    if str(a.target).startswith("aten.cat"):
        parts = [lowering.batched(part, lowering.features(part)) for part in a.args[0] if lowering.is_batched(part)]
        if len(parts) == len(a.args[0]):
            return _joined_product(parts, start, columns)
    return product(lowering.batched(a, (rows,)), columns, start, columns, 1)


def _joined_product(parts: list[Node], start: int, columns: int) -> Node:
    """[a b] W is a W1 + b W2: nothing is joined."""
    total: Node = Constant(columns, 0.0)
    for part in parts:
        total = apply("add", total, product(part, columns, start, columns, 1))
        start += part.width * columns
    return total


def _addmm(lowering: Lowering, node: Traced) -> Node:
    bias, a, w = node.args
    made = _mm(lowering, node, a, w)
    scaled = apply("mul", _number(made, node.kwargs.get("alpha", 1)), made)
    return apply("add", scaled, lowering.batched(bias, lowering.features(node)))


def _bmm(lowering: Lowering, node: Traced) -> Node:
    """Both `batch ...`: spread out, multiplied, summed."""
    (n, k), (_, m) = (item.meta["val"].shape[1:] for item in node.args)
    a, b = (lowering.batched(item, lowering.features(item)) for item in node.args)
    places = [(i, j, h) for i in range(n) for j in range(m) for h in range(k)]
    left = select(a, tuple((i * k + h,) for i, _, h in places))
    right = select(b, tuple((h * m + j,) for _, j, h in places))
    return select(apply("mul", left, right), tuple(tuple(range(o * k, o * k + k)) for o in range(n * m)))


def _cat(lowering: Lowering, node: Traced) -> Node:
    """Each part put in its place, the rest nought, and added."""
    dimension = node.args[1] if len(node.args) > 1 else 0
    shapes = [(*lowering.features(part),) for part in node.args[0] if lowering.is_batched(part)]
    if len(shapes) != len(node.args[0]):
        raise NotLowered(f"{node.target} of weights and values together")
    lowering.features(node)
    offset, pieces = 0, []
    for shape in shapes:
        pieces.append(torch.arange(offset, offset + math.prod(shape)).reshape(1, *shape))
        offset += math.prod(shape)
    places = torch.cat(pieces, dimension).reshape(-1).tolist()
    total: Node = Constant(len(places), 0.0)
    offset = 0
    for part, shape in zip(node.args[0], shapes, strict=True):
        width = math.prod(shape)
        table = tuple((place - offset,) if offset <= place < offset + width else () for place in places)
        total = apply("add", total, select(lowering.batched(part, shape), table))
        offset += width
    return total


def _sum(scale: bool) -> Rule:
    def rule(lowering: Lowering, node: Traced) -> Node:
        source: Any = node.args[0]
        shape, dimensions = lowering.features(source), node.args[1] if len(node.args) > 1 else None
        lowering.features(node)
        whole = range(1, len(shape) + 1)
        along = [d % (len(shape) + 1) for d in dimensions] if dimensions else list(whole)
        places = torch.arange(math.prod(shape)).reshape(1, *shape)
        kept = [d for d in whole if d not in along]
        rows = places.permute(0, *kept, *along).reshape(-1, math.prod(shape[d - 1] for d in along)).tolist()
        total = select(lowering.batched(source, shape), tuple(tuple(row) for row in rows))
        return apply("mul", _number(total, 1 / len(rows[0])), total) if scale else total

    return rule


def _filled(value: float) -> Rule:
    return lambda lowering, node: Constant(math.prod(lowering.features(node)), value)


OPERATIONS: dict[str, Rule] = {
    **{name: _of(FUNCTIONS[name], partial(apply, name)) for name in FUNCTIONS if name not in ("add", "sub", "power")},
    "add": _scaled_sum("add"),
    "sub": _scaled_sum("sub"),
    "rsub": _scaled_sum("sub", reverse=True),
    "log": _of(1, _log),
    "relu": _of(1, _relu),
    "silu": _of(1, lambda a: apply("mul", a, apply("sigmoid", a))),
    "abs": _of(1, _abs),
    "sign": _of(1, _sign),
    "gelu": _gelu,
    "softplus": _softplus,
    "reciprocal": _of(1, lambda a: apply("div", _number(a, 1), a)),
    "rsqrt": _of(1, lambda a: apply("div", _number(a, 1), apply("sqrt", a))),
    "hardsigmoid": _of(1, _hardsigmoid),
    "maximum": _of(2, _larger("gt", "lt")),
    "minimum": _of(2, _larger("lt", "gt")),
    "clamp": _clamp(1, 2),
    "clamp_min": _clamp(1, None),
    "clamp_max": _clamp(None, 1),
    "hardtanh": _hardtanh,
    "pow": _power,
    "mm": lambda lowering, node: _mm(lowering, node, node.args[0], node.args[1]),
    "addmm": _addmm,
    "bmm": _bmm,
    "cat": _cat,
    "sum": _sum(scale=False),
    "mean": _sum(scale=True),
    "zeros_like": _filled(0.0),
    "ones_like": _filled(1.0),
}
"""By name in ATen, overloads alike."""
