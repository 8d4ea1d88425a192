"""The numba source of whole updates: a cell's kernel, read-out and loss, and an optimiser's rule in one module."""

import operator
from dataclasses import dataclass

import torch

from rnnbench.recurrence.lower import Lowered
from rnnbench.recurrence.numba_source import Kernel, text
from rnnbench.recurrence.operations import VIEWS, NotLowered

PASSES = ("over_time", "batch", "loss", "update")
MORE = """
from rnnbench.recurrence.gather import double_at, single_at, turn, whole_at

{rule}


@inlined
def weight_of(weights, place, l):
    \"\"\"A weight in all lanes of chunk ``l``.\"\"\"
    return weight(weights, {place})


NAN = Real(np.nan)
number_at = {number}_at
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
        "DOUBLE": kernel.double,
        "SIZE": 8 if kernel.double else 4,
        "TOKENS": kind.tokens,
        "FEATURES": 1 if kind.tokens else kernel.step.inputs,
        "ANSWERS": kind.answers,
        "WANTED": 1 if kind.classes else kind.answers,
        "LOSS_LIMIT": kind.loss_limit,
        "LEARNING": bool(kernel.adjoint.gradients),
    }
    place = "place" if kernel.shape.rows.alone else "place * CHUNKS + l"
    more = MORE.format(rule=rule, place=place, number="double" if kernel.double else "single")
    judge = f"judge = judge_{'classes' if kind.classes else 'values'}\n"
    return kernel.module("Whole updates.", facts, [more, *map(text, PASSES), judge])


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
