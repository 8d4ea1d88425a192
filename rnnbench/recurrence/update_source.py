"""The numba source of whole updates: a cell's kernel, read-out and loss, and an optimiser's rule in one module."""

import operator
from dataclasses import dataclass

import torch

from rnnbench.recurrence.arguments import Sizes
from rnnbench.recurrence.compile import text
from rnnbench.recurrence.lower import Lowered
from rnnbench.recurrence.numba_source import Kernel, pasted
from rnnbench.recurrence.operations import VIEWS, NotLowered

MORE = """
from rnnbench.recurrence.arguments import Sizes
from rnnbench.recurrence.common import common
from rnnbench.recurrence.lanes import total

batches = common({double})
SIZES = {sizes!r}
FOURS = BATCH // 4 * 4
read_four, write_four, _, splat_four = memory({double}, 4, apart=1)

{rule}


@inlined
def weight_of(weights, place, l):
    \"\"\"A weight in all lanes of chunk ``l``.\"\"\"
    return weight(weights, {place})
"""


@dataclass(frozen=True)
class Kind:
    """What an update needs to know of task and protocol."""

    tokens: bool
    """Inputs are tokens, fed as one-hot vectors."""
    classes: bool
    """Answers are classes, judged by cross-entropy, else values, judged by squared error."""
    answers: int
    loss_limit: float
    """A member whose loss exceeds this many times its first has diverged."""


def update_source(kernel: Kernel, kind: Kind, rule: str) -> str:
    """A Python module with ``run`` (see ``text/update.py``)."""
    facts = {
        "ANSWERS": kind.answers,
        "LOSS_LIMIT": kind.loss_limit,
        "LEARNING": bool(kernel.adjoint.gradients),
    }
    sizes = Sizes(
        lanes=kernel.shape.lanes,
        batch=kernel.shape.batch,
        inputs=kernel.step.inputs,
        features=1 if kind.tokens else kernel.step.inputs,
        tokens=kind.tokens,
        wanted=1 if kind.classes else kind.answers,
    )
    place = "place" if kernel.shape.rows.alone else "place * CHUNKS + l"
    more = MORE.format(rule=rule, place=place, double=kernel.double, sizes=sizes)
    judge = f"judge = judge_{'classes' if kind.classes else 'values'}\n"
    run = pasted(text("update"), "run_forwards", text("forwards").splitlines())
    return kernel.module("Whole updates.", facts, [more, text("hold"), text("loss"), run, judge])


def parameter_places(lowered: Lowered, shapes: list[tuple[int, ...]]) -> list[int]:
    """Which of a cell's parameters, laid end to end, each of the kernel's weights is.

    ``shapes`` are the parameters'. Raises NotLowered if a weight is computed rather than copied, or is no parameter.
    """
    for node in lowered.weights.graph.nodes:
        if node.op == "get_attr":
            raise NotLowered("a fixed tensor is read beside the parameters")
        if node.op != "call_function" or node.target is operator.getitem:
            continue
        if str(node.target).split(".")[1] not in (*VIEWS, "detach"):
            raise NotLowered(f"{node.target} is computed from weights alone")
    numbers, start = [], 0
    for shape in shapes:
        count = torch.Size(shape).numel()
        numbers.append(torch.arange(start, start + count, dtype=torch.float64).reshape(shape))
        start += count
    return [int(place) for value in lowered.weights(*numbers) for place in value.reshape(-1).tolist()]
