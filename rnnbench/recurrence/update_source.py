"""The numba source of whole updates: a cell's kernel, read-out and loss in one module that calls the optimiser's."""

from dataclasses import dataclass

from rnnbench.recurrence.arguments import Sizes
from rnnbench.recurrence.compile import text
from rnnbench.recurrence.numba_source import Kernel, pasted

MORE = """
from rnnbench.recurrence.arguments import Sizes
from rnnbench.recurrence.common import common
from rnnbench.recurrence.compile import load

batches = common({double})
SIZES = {sizes!r}
optimiser = load('''{optimiser}''')


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


def update_source(kernel: Kernel, kind: Kind, derived: str, optimiser: str) -> str:
    """A Python module with ``run`` (see ``text/update.py``).

    ``derived`` is what ``derived_source`` writes, ``optimiser`` the module that ``optimiser_source`` does.
    """
    facts = {
        "ANSWERS": kind.answers,
        "LEARNING": bool(kernel.adjoint.gradients),
    }
    sizes = Sizes(
        lanes=kernel.shape.lanes,
        batch=kernel.shape.batch,
        inputs=kernel.step.inputs,
        features=1 if kind.tokens else kernel.step.inputs,
        tokens=kind.tokens,
        wanted=1 if kind.classes else kind.answers,
        alone=kernel.shape.rows.alone,
    )
    place = "place" if kernel.shape.rows.alone else "place * CHUNKS + l"
    more = MORE.format(optimiser=optimiser, place=place, double=kernel.double, sizes=sizes)
    judge = f"judge = judge_{'classes' if kind.classes else 'values'}\n"
    run = pasted(text("update"), "run_forwards", text("forwards").splitlines())
    return kernel.module("Whole updates.", facts, [more, derived, text("hold"), text("loss"), run, judge])
