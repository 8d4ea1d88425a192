"""An optimiser's rule as text for a kernel: traced from its own ``update``, like a cell from its ``step``."""

import re
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.func import functionalize
from torch.fx.experimental.proxy_tensor import make_fx

from rnnbench.optimiser import Optimiser
from rnnbench.recurrence.adjoint import ordered
from rnnbench.recurrence.body import INFIX
from rnnbench.recurrence.graph import Apply, Constant, Leaf, Node
from rnnbench.recurrence.lines import cause_of
from rnnbench.recurrence.lower import Lowering
from rnnbench.recurrence.operations import NotLowered

PLACES = (61, 67)
"""Parameters that the traced examples have: no other number in a rule is likely to be one of them."""


UNWRITTEN = {"inf": "np.inf", "-inf": "-np.inf", "nan": "np.nan"}
"""Numbers that Python has no literal for."""


def rule_source(rule: Optimiser, hyper: Sequence[str]) -> str:
    """The function ``rule`` that a fused update calls for some parameters at a time. Raises NotLowered.

    ``hyper`` names the columns of the per-member numbers, ``learning_rate`` first.
    """
    source, other = (_traced(rule, hyper, places) for places in PLACES)
    if source != other:
        raise NotLowered("it depends on how many parameters there are")
    return source


def _traced(rule: Optimiser, hyper: Sequence[str], places: int) -> str:
    slots = type(rule).slots

    def flat_update(p: Tensor, g: Tensor, *more: Tensor) -> tuple[Tensor, ...]:
        own = dict(zip(slots, more, strict=False))
        t, values = more[len(slots)], more[len(slots) + 1 :]
        new = rule.update(p, g, own, t, dict(zip(hyper, values, strict=True)))  # type: ignore[arg-type]
        return (new, *(own[name] for name in slots))

    example = [torch.full((places,), 0.5, dtype=torch.float64) for _ in range(len(slots) + len(hyper) + 3)]
    try:
        traced = make_fx(functionalize(flat_update))(*example)
        returned, _ = Lowering(traced, 0, places).values()
    except NotLowered:
        raise
    except Exception as error:  # whatever a stranger's rule does under tracing
        raise NotLowered(f"it cannot be traced ({cause_of(error)})") from None
    own = ["g", *(f"s{place}" for place in range(len(slots)))]
    return _functions(returned, own, ["t", "rate", *(f"hyper[m, {place}]" for place in range(1, len(hyper)))])


def _functions(roots: Sequence[Node], own: Sequence[str], alike: Sequence[str]) -> str:
    """``of_member``, what is the same for all parameters of a member, and ``rule``, which uses that, in lanes.

    What a rule reads beside its parameter is, in turn, the parameter's ``own`` and ``alike`` for all.
    """
    read = [*own, *alike]
    names: dict[Node, str] = {}
    shared: dict[str, str] = {}
    once, each = [], []
    for node in ordered(roots):
        match node:
            case Leaf():
                names[node] = "p" if node.array == "inputs" else read[node.start]
                if names[node] in alike:
                    shared[names[node]] = f"h{node.start}"
            case Constant():
                names[node] = f"Real({UNWRITTEN.get(repr(node.value), repr(node.value))})"
                shared[names[node]] = names[node]
            case Apply():
                names[node] = f"v{len(names)}"
                parts = [names[part] for part in node.arguments]
                if all(part in shared for part in parts):
                    once.append(f"{names[node]} = {_scalar(node.function, parts)}")
                    shared[names[node]] = names[node]
                else:
                    parts = [shared.get(part, part) for part in parts]
                    each.append(f"{names[node]} = {_in_lanes(node.function, parts)}")
            case _:
                raise NotLowered("it does more than pointwise arithmetic, or holds tensors of its own")
    new, *kept = (shared.get(names[root], names[root]) for root in roots)
    words = set(re.findall(r"\w+", " ".join([*each, new, *kept])))
    handed = {name: short for name, short in shared.items() if short in words and not short.startswith("Real")}
    lines = [
        "@inlined",
        "def of_member(hyper, m, t, rate):",
        '    """What the rule needs of a member, whatever the parameter."""',
        *(f"    {line}" for line in once),
        f"    return ({' '.join(f'{name},' for name in handed)})",
        "",
        "",
        "@inlined",
        "def rule(parameters, gradient, slots, new, m, first, shared):",
        '    """The optimiser\'s rule, for the numbers from ``first`` on, as many as lanes hold."""',
        f"    ({' '.join(f'{short},' for short in handed.values())}) = shared",
        "    count = len(gradient) - first",
        "    p, g = read_some(parameters, first, count), read_some(gradient, first, count)",
        *(f"    s{place} = read_some(slots[{place}, m], first, count)" for place in range(len(kept))),
        *(f"    {line}" for line in each),
        *(f"    write_some(slots[{place}, m], first, {name}, count)" for place, name in enumerate(kept)),
        f"    write_together(new, first, {new})",
    ]
    return "\n".join(lines)


def _scalar(function: str, parts: Sequence[str]) -> str:
    match function:
        case "lt" | "le" | "gt" | "ge" | "eq":
            return f"Real({_infix(function, parts)})"  # lanes know noughts and ones
        case "power":
            return f"{parts[0]} ** {parts[1]}"
        case "where":
            return f"{parts[1]} if {parts[0]} else {parts[2]}"
        case "sigmoid":
            return f"Real(1.0) / (Real(1.0) + np.exp(-{parts[0]}))"
        case _:
            return _infix(function, parts) or f"np.{function}({parts[0]})"


def _in_lanes(function: str, parts: Sequence[str]) -> str:
    return _infix(function, parts) or f"{function}({', '.join(parts)})"


def _infix(function: str, parts: Sequence[str]) -> str:
    """With a sign between or before the ``parts``; nothing if it has a name instead."""
    if function in INFIX:
        return f"{parts[0]} {INFIX[function]} {parts[1]}"
    return {"neg": f"-{parts[0]}", "detach": parts[0]}.get(function, "")
