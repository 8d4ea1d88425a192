"""Initial weights as the libraries draw them, from a numpy Generator. Matrices are ``fan_in fan_out``."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from rnnbench.errors import RnnbenchError

Array = NDArray[np.float64]
GateBias = float | Literal["chrono"]
"""What the bias of a gate starts at: a number, or a draw that suits a range of times."""
Longest = Annotated[int, Field(ge=2)] | None
"""The steps that a ``chrono`` bias is to span."""
Initialiser = Literal["uniform", "glorot", "orthogonal", "orthogonal_svd"]


def uniform(rng: np.random.Generator, rows: int, columns: int, hidden: int) -> Array:
    """U(±1/sqrt(hidden)): every weight and bias of torch's recurrent layers."""
    bound = hidden**-0.5
    return rng.uniform(-bound, bound, size=(rows, columns))


def glorot(rng: np.random.Generator, rows: int, columns: int, hidden: int) -> Array:
    """U(±sqrt(6/(fan_in+fan_out))): Keras's kernels. All gates of a cell form one matrix, as in Keras."""
    del hidden
    bound = np.sqrt(6.0 / (rows + columns))
    return rng.uniform(-bound, bound, size=(rows, columns))


def orthogonal(rng: np.random.Generator, rows: int, columns: int, hidden: int) -> Array:
    """Keras 3: Q of a Gaussian matrix, signs made uniform by R's diagonal. A 1x1 matrix is exactly +1 or -1."""
    del hidden
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diagonal(r))
    return np.asarray(q if rows >= columns else q.T)


def orthogonal_svd(rng: np.random.Generator, rows: int, columns: int, hidden: int) -> Array:
    """Keras 2.1.5: singular vectors of a Gaussian matrix. A 1x1 matrix is exactly +1 or -1."""
    del hidden
    u, _, v = np.linalg.svd(rng.normal(size=(rows, columns)), full_matrices=False)
    return np.asarray(u if u.shape == (rows, columns) else v)


INITIALISERS: dict[str, Callable[[np.random.Generator, int, int, int], Any]] = {
    "uniform": uniform,
    "glorot": glorot,
    "orthogonal": orthogonal,
    "orthogonal_svd": orthogonal_svd,
}


def draw(how: str, rng: np.random.Generator, shape: tuple[int, int], hidden: int) -> Array:
    """A matrix of ``shape`` by the initialiser named ``how``."""
    return np.asarray(INITIALISERS[how](rng, *shape, hidden))


def biases(rng: np.random.Generator, count: int, width: int, hidden: int, zeros: bool) -> Array:
    """``count width`` biases: zeros (Keras) or U(±1/sqrt(hidden)) (torch)."""
    return np.zeros((count, width)) if zeros else uniform(rng, count, width, hidden)


def chrono(rng: np.random.Generator, units: int, longest: int | None) -> Array:
    """Tallec & Ollivier 2018: log U[1, longest - 1], so that units forget within 1 to ``longest`` steps.

    One unit gets the longest time, log(longest - 1), and draws nothing. Raises RnnbenchError without ``longest``.
    """
    if longest is None:
        raise RnnbenchError("a chrono bias needs the steps to remember, got none: add longest=STEPS, such as 200.")
    return np.log(np.full(1, longest - 1.0) if units == 1 else rng.uniform(1.0, longest - 1.0, size=units))


def gate_bias(value: GateBias, rng: np.random.Generator, units: int, longest: int | None) -> float | Array:
    """``value``, or its draw if it is ``chrono``."""
    return chrono(rng, units, longest) if value == "chrono" else value


def set_gate(drawn: Array, position: int, value: float | Array, hidden: int) -> None:
    """Make ``value`` the whole bias of the gate at ``position`` in ``drawn``, ``count width``."""
    here = slice(position * hidden, (position + 1) * hidden)
    drawn[:, here] = 0.0
    drawn[0, here] = value
