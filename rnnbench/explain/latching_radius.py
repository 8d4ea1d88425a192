"""The robust latching radius: the largest disturbance at every step that cannot flip what is stored.

After Bengio et al. 1994, Sec. III. The disturbance is added to the input, as there, and held: for a unit whose state
rises with its input no sequence of disturbances does worse. For other cells it is what a search over constant
disturbances, either sign on every input, finds: an upper bound.
"""

import itertools

import numpy as np

from rnnbench.explain.gradients import Floats
from rnnbench.explain.state_map import StateMap

HOLD = 1000
"""Steps that a disturbance is held: near the critical one the state leaves slowly."""
TRIES, ROUNDS = 33, 5
INPUTS = 6
"""Sign patterns are tried all for so many inputs; beyond, all alike only."""


def latching_radius(of: StateMap, states: Floats, most: float = 10.0) -> float:
    """The smallest size at which some held input takes one of ``states`` (``row number``) to another decision.

    Nought where a state does not keep its decision undisturbed; infinite where nothing up to ``most`` changes one.
    """
    features = of.inputs
    alike = [(1.0,) * features, (-1.0,) * features]
    signs = list(itertools.product((1.0, -1.0), repeat=features)) if features <= INPUTS else alike
    if len(states) == 0 or _flips(of, states, np.zeros((1, features)))[0]:
        return 0.0
    low, high = 0.0, most
    for _ in range(ROUNDS):
        sizes = np.linspace(low, high, TRIES)
        held = (sizes[:, None, None] * np.array(signs)).reshape(-1, features)
        flipped = _flips(of, states, held).reshape(TRIES, -1).any(axis=1)
        if not flipped.any():
            return float("inf")
        first = int(np.argmax(flipped))
        low, high = float(sizes[max(first - 1, 0)]), float(sizes[first])
        if high - low < 1e-6:
            break
    return (low + high) / 2


def _flips(of: StateMap, states: Floats, inputs: Floats) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """For each of ``inputs``, held, whether some state's decision at its end is not the one at its start."""
    rows = np.repeat(states, len(inputs), axis=0)
    given = np.tile(inputs, (len(states), 1))
    quiet = np.zeros_like(given)
    before = decisions(of, of.outputs(rows, quiet))
    for _ in range(HOLD):
        rows = of(rows, given)
    after = decisions(of, of.outputs(rows, given))
    return np.asarray((before != after).reshape(len(states), len(inputs)).any(axis=0))


def decisions(of: StateMap, outputs: Floats) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """The class that the read-out says, ``row``; the sign where it says one number."""
    answers = of.answers(outputs)
    return np.asarray(answers.argmax(axis=1) if answers.shape[1] > 1 else (answers[:, 0] > 0).astype(np.int64))
