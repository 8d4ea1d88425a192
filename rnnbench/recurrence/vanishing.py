"""Whether a pass back through time may end where every cotangent has become nought: all earlier steps add nought then.

A gradient that vanishes (Bengio et al. 1994) falls below the smallest number of single precision within a few hundred
steps, of a saturated unit within a few dozen, and nothing is left to do. But nought times an infinite number is NaN,
and what is NaN in PyTorch must not look like learning here. So this is done only for cells of which can be proven, from
the graph of their step, that what earlier steps would multiply those noughts with is finite:

- no state grows faster than by GROWTH a step, so that in any number of steps that fits memory it stays below STATE;
- with states below it, weights below LARGEST_WEIGHT (which the kernel asks before it ends) and finite inputs (data with
  others are refused), the pass back makes noughts of cotangents of nought, and multiplies them with what is finite;
- where a number is NaN all the same (from infinite ones that were squashed or subtracted), so is an output of each
  later step, all answers with it, and a cotangent on the way back to that number: those are not nought. (Of a sequence
  of which nothing is asked all are; but none is without an answer.)
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from rnnbench.recurrence.adjoint import Adjoint, adjoint, ordered
from rnnbench.recurrence.graph import Apply, Node, Select, Step
from rnnbench.recurrence.interpret import Moment
from rnnbench.recurrence.ranges import Ranges, is_limit

STATE, GROWTH = 1e12, 100.0
HANDED_ON = frozenset({"neg", "add", "sub", "mul", "div", "tanh", "sigmoid", "sin", "cos"})
"""Functions that are NaN where an argument is, whatever the other one is, and hand a cotangent to each."""


def may_end_early(step: Step, start: Iterable[float], *, double: bool) -> bool:
    """Whether of ``step``, whose states begin at ``start``, the pass back may end where all cotangents are nought."""
    small = all(abs(number) <= STATE / 2 for number in start)
    return small and _hands_nan_on(step) and _grows_slowly(step, double) and _stays_nought(adjoint(step), double)


def _hands_nan_on(step: Step) -> bool:
    """Whether, where any number of a step is NaN, one of its new state is, and one of the output of every later step.

    Each of its operations hands it on, and does so back to front for cotangents too.
    """
    nodes = ordered((*step.new_states, step.output))
    limits = {node for node in nodes if is_limit(node)}
    conditions = {node.sources[0] for node in limits}
    seen = {source for node in nodes if node not in limits for source in node.sources}
    functions = {node.function for node in nodes if isinstance(node, Apply) and node not in limits | conditions}
    handed_on = functions <= HANDED_ON and not conditions & seen and step.output in step.new_states
    return handed_on and _reads_all(step, nodes) and _states_reach_output(step)


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

    def output(state: NDArray[np.float64]) -> NDArray[np.float64]:
        inputs = np.ones((step.inputs, units))
        with np.errstate(all="ignore"):
            return Moment({"inputs": inputs, "state": state}, np.ones(step.weights))(step.output)

    noughts = np.zeros((units, units))
    reached = np.isnan(output(np.where(np.eye(units, dtype=bool), np.nan, noughts)))
    return bool(reached.any(axis=0).all()) and not np.isnan(output(noughts)).any()


def _grows_slowly(step: Step, double: bool) -> bool:
    """Whether a step adds at most GROWTH to a state, asked at both ends of its sizes.

    Between them a convex bound is lower; with limits it need not be convex, but is nowhere above its upper end.
    """
    none, most = (Ranges({"state": state}, double).largest(step.new_states) for state in (0.0, STATE))
    return max(none) <= GROWTH and max(most) <= STATE + GROWTH


def _stays_nought(back: Adjoint, double: bool) -> bool:
    """Whether cotangents of nought give noughts, times numbers that are finite."""
    ranges = Ranges({"state": STATE, "cotangent": 0.0, "output_cotangent": 0.0}, double)
    gradients = back.gradients
    noughts = ranges.largest([*back.states, *(gradient.cotangent for gradient in gradients)])
    factors = ranges.largest(gradient.source for gradient in gradients if gradient.source is not None)
    return not any(noughts) and all(map(math.isfinite, factors))
