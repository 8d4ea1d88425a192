"""What a fused update is given, by name: the generated code reads the same names."""

from typing import Any, NamedTuple

from numpy.typing import NDArray

Array = NDArray[Any]
CLIPS = {"none": 0, "norm": 1, "value": 2}
"""The ways to clip a gradient, as numbers."""
TOGETHER = 8
"""Parameters of a member that an optimiser's rule takes at once."""


class Sizes(NamedTuple):
    """How a group's members and their sequences lie in lanes."""

    lanes: int
    batch: int
    inputs: int
    """Numbers that a step of the cell reads."""
    features: int
    """Numbers that a step has in the data set: one token, or as many."""
    tokens: bool
    wanted: int
    """Numbers of an answer."""
    alone: bool
    """A group is one member, whose weights are not repeated in each lane."""


class Data(NamedTuple):
    """Where a group's sequences lie and what is asked of them."""

    sources: Array
    """int64 ``member 6``: addresses of inputs, answers and lengths (0 where every sequence has all steps); steps of a
    sequence; answers of a sequence; bytes from a sequence's inputs to those of the next."""
    nothing: int
    """Address of noughts, as many as a sequence has numbers."""
    wanted: Array
    """int64 ``time``: which of the group's answers is given at a step, or -1."""
    slots: Array
    """int64 ``member answer``: which of the member's own answers that is, or -1."""
    places: Array
    """int64: the place in a member's row of each number that the kernel reads."""
    start: Array
    """The state before the first step."""


class Model(NamedTuple):
    """The members of a group; all but the numbers of the rule are written."""

    parameters: Array
    """``member parameter``."""
    slots: Array
    """``slot member parameter``: what the optimiser remembers."""
    hyper: Array
    """``member number``: the rule's, the learning rate first."""
    clip: int
    """One of CLIPS."""
    threshold: Array
    """``member``: where gradients are clipped."""
    first_loss: Array
    diverged_at: Array
    """int64 ``member``; 0 while it is well."""
    cause: Array
    """int64 ``member``."""
    fixed: Array
    """int64: the parameters that are not trained."""


class Sums(NamedTuple):
    """Sums over scored positions, float64."""

    tally: Array
    """``member 3``: loss, score and number of positions."""
    right: Array
    """``member class``, as far as classes are listed."""
    asked: Array


class Work(NamedTuple):
    """Memory to work in: rows of lanes, and numbers of members, parameters and lanes."""

    x: Array
    kept: Array
    weights: Array
    gradient: Array
    given: Array
    """What the loss wants of the outputs; noughts first, for steps without an answer."""
    targets: Array
    """Answers wanted, NaN where none is."""
    answers: Array
    losses: Array
    scores: Array
    shares: Array
    """Each lane's share of its member's mean loss."""
    lengths: Array
    scratch: Array
    cotangent: Array
    new: Array
    late: Array
    """Cotangents that a stretch of steps leaves for the gradients of weights."""
    rows: Array
    """``member number``: parameters, fixed numbers and what is derived; not read if there are only parameters."""
    g: Array
    """``member number``: the gradient of each member's row."""
    next: Array
    """A member's parameters to be; there is room for TOGETHER more."""
    asked: Array
    """float64 ``member``: how many answers are wanted of each in a batch."""
    addresses: Array
    """int64: where each lane's sequence begins, for two batches in turn."""
    ends: Array
    """int64: its steps, likewise."""
