"""The numba source of what a cell derives from a member's parameters: before the first step, and back after the last.

It is done once an update and member, number by number, whichever way members lie in lanes.
"""

from dataclasses import dataclass
from itertools import accumulate

from rnnbench.recurrence.adjoint import adjoint
from rnnbench.recurrence.body import Place, Rows
from rnnbench.recurrence.emit import Emitter
from rnnbench.recurrence.indented import indented
from rnnbench.recurrence.origins import Origins

ONE_BY_ONE = Rows(chunks=1, alone=False)
"""Memory as rows of a single number."""
NOTHING = '''
@inlined
def ready_weights(parameters, index, work):
    """To where the kernel reads them."""
    batches.spread_weights(parameters, index, work.weights, SIZES)


@inlined
def add_what_was_derived(m, work):
    """Nothing is."""
'''
PASSES = '''
def one_by_one():
    """Functions on rows of single numbers."""
    read, write, spread, splat = memory({double}, 1)
    weight = read
{constants}

    @called
    def derive(weights, scratch):
        """Into a member's row, behind its parameters."""
{forwards}

    @called
    def derive_back(weights, gradient, scratch):
        """Add to the gradients of parameters what those of derived numbers bring."""
{backwards}

    return derive, derive_back


derive, derive_back = one_by_one()


@inlined
def ready_weights(parameters, index, work):
    """Derived anew, to where the kernel reads them; what is fixed stands in each row already."""
    for m in range(len(parameters)):
        for p in range(parameters.shape[1]):
            work.rows[m, p] = parameters[m, p]
        derive(work.rows[m], work.scratch)
    batches.spread_weights(work.rows, index, work.weights, SIZES)


@inlined
def add_what_was_derived(m, work):
    """Add to the gradients of a member's parameters what those of derived numbers bring."""
    derive_back(work.rows[m], work.g[m], work.scratch)
'''


@dataclass(frozen=True)
class Derived:
    """The functions ``ready_weights`` and ``add_what_was_derived``."""

    source: str
    scratch: int = 0
    """Numbers of scratch memory."""


def derived_source(origins: Origins, *, double: bool) -> Derived:
    """The text for a row of ``origins``."""
    if origins.total == origins.parameters:
        return Derived(NOTHING)
    constants: dict[float, str] = {}
    ends = accumulate((node.width for node in origins.derived), initial=origins.first_derived)
    places = {node: Place("weights", start) for node, start in zip(origins.derived, ends, strict=False)}
    ahead = Emitter(ONE_BY_ONE, {}, constants=constants)
    forwards = ahead.lines([*places.items()], ())
    leaves = {"cotangent": Place("gradient", origins.first_derived)}
    back = Emitter(ONE_BY_ONE, leaves, places=dict(places), constants=constants)
    backwards = back.lines((), adjoint(origins.derivation).gradients)
    source = PASSES.format(
        double=double,
        constants=indented(1, [f"{name} = Real(float('{value!r}'))" for value, name in constants.items()]),
        forwards=indented(2, forwards or ["pass"]),
        backwards=indented(2, backwards or ["pass"]),
    )
    return Derived(source, max(ahead.scratch, back.scratch))
