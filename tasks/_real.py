"""What tasks on real data share: passes over a fixed set, several values a step, and the rule for lengths."""

import numpy as np

from rnnbench.errors import RnnbenchError
from rnnbench.task import Array


def passes(rng: np.random.Generator, available: int, batch: int) -> Array:
    """``batch`` row numbers: whole passes in random order, so that no row comes twice more often than another."""
    count = -(-batch // available)
    return np.concatenate([rng.permutation(available) for _ in range(count)])[:batch]


def permutation(places: int) -> Array:
    """The fixed permutation of expRNN's code for permuted MNIST (seed 92916), from a generator that never changes."""
    return np.random.RandomState(92916).permutation(places)


def check_fixed(name: str, length: int, whole: int, parameter: str, per_step: int) -> None:
    """Raise RnnbenchError unless ``length`` steps of ``per_step`` make the ``whole``."""
    if length * per_step != whole:
        raise RnnbenchError(
            f"task {name!r} needs length * {parameter} = {whole}, got length={length}, {parameter}={per_step}."
        )
