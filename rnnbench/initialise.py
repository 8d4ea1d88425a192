"""Initial weights as the libraries draw them, from a numpy Generator. Matrices are ``fan_in fan_out``."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
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
