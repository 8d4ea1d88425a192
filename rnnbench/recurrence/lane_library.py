"""Functions of lanes as the C library has them, for numbers of any size: what optimisers' rules compute with.

Those of ``lane_math`` are right where a cell's sums lie; they take a denormal number for nought, and exp ends at e^-87.
"""

from typing import Any

from rnnbench.recurrence.lane_math import Formula, elementwise

tanh = elementwise(lambda f, x: f.call("tanh", x))
exp = elementwise(lambda f, x: f.call("exp", x))
log = elementwise(lambda f, x: f.call("log", x))
log1p = elementwise(lambda f, x: f.call("log1p", x))


@elementwise
def sigmoid(f: Formula, x: Any) -> Any:
    """1 / (1 + e^-x)."""
    return f.div(1.0, f.add(f.call("exp", f.builder.fneg(x)), 1.0))
