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


def rule_source(rule: Optimiser, hyper: Sequence[str]) -> str:
    """The function ``rule`` that a fused update calls for each parameter. Raises NotLowered.

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
    read = ["g", *(f"slots[{place}, m, k]" for place in range(len(slots))), "t", "rate"]
    read += [f"hyper[m, {place}]" for place in range(1, len(hyper))]
    return _function(returned, read)


def _function(roots: Sequence[Node], read: Sequence[str]) -> str:
    """Two functions: what is the same for all parameters of a member, and the rule that uses it."""
    names: dict[Node, str] = {}
    shared: dict[str, str] = {}
    once, each = [], []
    for node in ordered(roots):
        match node:
            case Leaf():
                names[node] = "p" if node.array == "inputs" else read[node.start]
                if names[node] not in ("p", "g") and not names[node].startswith("slots"):
                    shared[names[node]] = f"h{node.start}"
            case Constant():
                names[node] = f"Real({node.value!r})"
                shared[names[node]] = names[node]
            case Apply():
                names[node] = f"v{len(names)}"
                parts = [names[part] for part in node.arguments]
                if all(part in shared for part in parts):
                    once.append(f"{names[node]} = {_scalar(node.function, parts)}")
                    shared[names[node]] = names[node]
                else:
                    parts = [shared.get(part, part) for part in parts]
                    each.append(f"{names[node]} = {_scalar(node.function, parts)}")
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
        "def rule(p, g, slots, m, k, shared):",
        '    """The optimiser\'s rule, for one number."""',
        f"    ({' '.join(f'{short},' for short in handed.values())}) = shared",
        *(f"    {line}" for line in each),
        *(f"    slots[{place}, m, k] = {name}" for place, name in enumerate(kept)),
        f"    return {new}",
    ]
    return "\n".join(lines)


def _scalar(function: str, parts: Sequence[str]) -> str:
    if function in INFIX:
        return f"{parts[0]} {INFIX[function]} {parts[1]}"
    match function:
        case "neg":
            return f"-{parts[0]}"
        case "detach":
            return parts[0]
        case "power":
            return f"{parts[0]} ** {parts[1]}"
        case "where":
            return f"{parts[1]} if {parts[0]} else {parts[2]}"
        case "sigmoid":
            return f"Real(1.0) / (Real(1.0) + np.exp(-{parts[0]}))"
        case _:
            return f"np.{function}({parts[0]})"
