"""An optimiser's rule as text for a kernel: traced from its own ``update``, like a cell from its ``step``."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.func import functionalize
from torch.fx.experimental.proxy_tensor import make_fx

from rnnbench.optimiser import Optimiser
from rnnbench.recurrence.adjoint import ordered
from rnnbench.recurrence.body import INFIX
from rnnbench.recurrence.graph import Apply, Constant, Leaf, Node
from rnnbench.recurrence.lower import Lowering, NotLowered

PLACES = 61
"""Parameters that the traced example has: no other number in a rule is likely to be this one."""


def rule_source(rule: Optimiser, hyper: Sequence[str]) -> str:
    """The function ``rule`` that a fused update calls for each parameter. Raises NotLowered.

    ``hyper`` names the columns of the per-member numbers, ``learning_rate`` first.
    """
    slots = type(rule).slots

    def flat_update(p: Tensor, g: Tensor, *more: Tensor) -> tuple[Tensor, ...]:
        own = dict(zip(slots, more, strict=False))
        t, values = more[len(slots)], more[len(slots) + 1 :]
        new = rule.update(p, g, own, t, dict(zip(hyper, values, strict=True)))  # type: ignore[arg-type]
        return (new, *(own[name] for name in slots))

    example = [torch.full((PLACES,), 0.5, dtype=torch.float64) for _ in range(len(slots) + len(hyper) + 3)]
    try:
        traced = make_fx(functionalize(flat_update))(*example)
        step = Lowering(traced, 0, PLACES).result().step
    except NotLowered:
        raise
    except Exception as error:  # whatever a stranger's rule does under tracing
        first = (str(error).splitlines() or [""])[0]
        raise NotLowered(f"it cannot be traced ({type(error).__name__}: {first})") from None
    if step.weights:
        raise NotLowered("it holds tensors of its own")
    read = ["g", *(f"slots[{place}, m, k]" for place in range(len(slots))), "t", "rate"]
    read += [f"hyper[m, {place}]" for place in range(1, len(hyper))]
    return _function([step.output, *step.new_states], read)


def _function(roots: Sequence[Node], read: Sequence[str]) -> str:
    lines = ["@inlined", "def rule(p, g, slots, hyper, m, k, t, rate):", '    """The optimiser\'s rule, for one number."""']
    names: dict[Node, str] = {}
    for node in ordered(roots):
        match node:
            case Leaf():
                names[node] = "p" if node.array == "inputs" else read[node.start]
            case Constant():
                names[node] = f"Real({node.value!r})"
            case Apply():
                names[node] = f"v{len(names)}"
                lines.append(f"    {names[node]} = {_scalar(node.function, [names[part] for part in node.arguments])}")
            case _:
                raise NotLowered("it does more than pointwise arithmetic")
    new, *kept = (names[root] for root in roots)
    lines += [f"    slots[{place}, m, k] = {name}" for place, name in enumerate(kept)]
    return "\n".join([*lines, f"    return {new}"])


def _scalar(function: str, parts: Sequence[str]) -> str:
    if function in INFIX:
        return f"{parts[0]} {INFIX[function]} {parts[1]}"
    match function:
        case "neg":
            return f"-{parts[0]}"
        case "power":
            return f"{parts[0]} ** {parts[1]}"
        case "where":
            return f"{parts[1]} if {parts[0]} else {parts[2]}"
        case "sigmoid":
            return f"Real(1.0) / (Real(1.0) + np.exp(-{parts[0]}))"
        case _:
            return f"np.{function}({parts[0]})"
