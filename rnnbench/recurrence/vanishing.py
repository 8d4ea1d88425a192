"""Whether a pass back through time may end where every cotangent has become nought: all earlier steps add nought then.

A gradient that vanishes (Bengio et al. 1994) falls below the smallest number of single precision within a few hundred
steps, of a saturated unit within a few dozen, and nothing is left to do. But nought times an infinite number is NaN,
and what is NaN in PyTorch must not look like learning here. So this is done only for cells of which can be proven, from
the graph of their step, that what earlier steps would multiply those noughts with is finite:

- no state grows faster than by GROWTH a step, so that in any number of steps that fits memory it stays below STATE;
- with states below it, weights below WEIGHT (which the kernel asks before it ends) and any finite inputs, nothing that
  the pass back computes from cotangents of nought is anything else, and what they are multiplied with is finite;
- where a number is NaN all the same (from infinite ones that were squashed or subtracted), so is an output of each
  later step, all answers with it, and a cotangent on the way back to that number: those are not nought.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from rnnbench.recurrence.adjoint import Adjoint, adjoint, ordered
from rnnbench.recurrence.graph import Apply, Constant, Leaf, Node, Product, Select, Step, Weight
from rnnbench.recurrence.interpret import Moment

WEIGHT, STATE, GROWTH = 1e12, 1e12, 100.0
HANDED_ON = frozenset({"neg", "add", "sub", "mul", "div", "tanh", "sigmoid", "sin", "cos"})
"""Functions that are NaN where an argument is, whatever the other one is, and hand a cotangent to each."""
SQUASHED = frozenset({"tanh", "sigmoid", "sin", "cos"})


def may_end_early(step: Step, start: Iterable[float], *, double: bool) -> bool:
    """Whether of ``step``, whose states begin at ``start``, the pass back may end where all cotangents are nought."""
    small = all(abs(number) <= STATE / 2 for number in start)
    return small and _hands_nan_on(step) and _grows_slowly(step, double) and _stays_nought(adjoint(step), double)


def _hands_nan_on(step: Step) -> bool:
    """Whether, where any number of a step is NaN, one of its new state is, and one of the output of every later step.

    Each of its operations hands it on, and does so back to front for cotangents too.
    """
    nodes = ordered((*step.new_states, step.output))
    if (
        not {node.function for node in nodes if isinstance(node, Apply)} <= HANDED_ON
        or step.output not in step.new_states
    ):
        return False
    return _reads_all(step, nodes) and _states_reach_output(step)


def _reads_all(step: Step, nodes: Sequence[Node]) -> bool:
    """Whether every unit of every value is read."""
    read: dict[Node, set[int]] = {node: set(range(node.width)) for node in step.new_states}
    for node in nodes:
        for source in node.sources:
            units = set().union(*node.table) if isinstance(node, Select) else range(source.width)
            read.setdefault(source, set()).update(units)
    return all(len(read[node]) == node.width for node in nodes if node.sources)


def _states_reach_output(step: Step) -> bool:
    """Whether each unit of a state that is NaN, a lane for each, makes an output of the step NaN."""
    units = sum(step.states)
    state = np.where(np.eye(units, dtype=bool), np.nan, 0.0)
    moment = Moment({"inputs": np.zeros((step.inputs, units)), "state": state}, np.ones(step.weights))
    with np.errstate(all="ignore"):
        return bool(np.isnan(moment(step.output)).any(axis=0).all())


def _grows_slowly(step: Step, double: bool) -> bool:
    """Whether a step adds at most GROWTH to a state: a bound is convex, so that its ends are enough."""
    none, most = (Bounds({"state": state}, double).of(step.new_states) for state in (0.0, STATE))
    return max(none) <= GROWTH and max(most) <= STATE + GROWTH


def _stays_nought(back: Adjoint, double: bool) -> bool:
    """Whether cotangents of nought give noughts, times numbers that are finite."""
    bounds = Bounds({"state": STATE, "cotangent": 0.0, "output_cotangent": 0.0}, double)
    gradients = back.gradients
    noughts = bounds.of([*back.states, *(gradient.cotangent for gradient in gradients)])
    factors = bounds.of(gradient.source for gradient in gradients if gradient.source is not None)
    return not any(noughts) and all(map(math.isfinite, factors))


class Bounds:
    """How large values of a step may be, from the largest that each array of ``arrays`` holds; inputs are finite."""

    def __init__(self, arrays: Mapping[str, float], double: bool) -> None:
        self._largest = 1e308 if double else 3e38
        self._arrays = {"inputs": self._largest} | dict(arrays)
        self._known: dict[Node, float] = {}

    def of(self, nodes: Iterable[Node]) -> list[float]:
        """The bound of each, infinite where it may be beyond what a number holds."""
        roots = [*nodes]
        for node in ordered(roots, self._known):
            if node not in self._known:
                bound = self._bound(node)
                self._known[node] = bound if bound <= self._largest else math.inf
        return [self._known[root] for root in roots]

    def _bound(self, node: Node) -> float:
        match node:
            case Leaf():
                return self._arrays[node.array]
            case Constant():
                return abs(node.value)
            case Weight():
                return WEIGHT
            case Product():
                return node.source.width * self._known[node.source] * WEIGHT
            case Select():
                return self._known[node.source] * max(map(len, node.table))
            case Apply():
                return self._of_function(node)
            case _:
                raise TypeError(f"no bound of {node}")

    def _of_function(self, node: Apply) -> float:
        bounds = [self._known[argument] for argument in node.arguments]
        first, last = node.arguments[0], node.arguments[-1]
        match node.function:
            case function if function in SQUASHED:
                return 1.0
            case "sub" if isinstance(first, Constant) and isinstance(last, Apply) and last.function == "sigmoid":
                return max(abs(first.value), abs(first.value - 1))  # a gate that is shut as another opens
            case "neg" | "detach" | "add" | "sub":
                return sum(bounds)
            case "mul":
                return math.prod(bounds) if all(map(math.isfinite, bounds)) else math.inf
            case "div" if isinstance(last, Constant) and last.value:
                return bounds[0] / abs(last.value)
            case _:
                return math.inf
