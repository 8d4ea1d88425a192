"""What a generated kernel imports, by numpy: with it the kernel's text runs as plain Python, slowly and uncompiled."""

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[Any]


def memory(double: bool, count: int) -> tuple[Any, Any, Any, Any]:
    """Rows of a flat array as arrays of ``count`` lanes; a place outside is an error, as it is not when compiled."""
    kind = np.float64 if double else np.float32

    def row(array: Array, number: int) -> Array:
        assert 0 <= number < len(array) // count, f"row {number} of {len(array) // count}"
        return array[number * count : (number + 1) * count]

    def read(array: Array, number: int) -> Array:
        return row(array, number).copy()

    def write(array: Array, number: int, value: Any) -> None:
        row(array, number)[:] = value

    def spread(array: Array, place: int) -> Array:
        assert 0 <= place < len(array), f"place {place} of {len(array)}"
        return np.full(count, array[place], dtype=kind)

    return read, write, spread, lambda number: np.full(count, number, dtype=kind)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels loaded from now on get these functions."""
    lanes, functions, denormal = ModuleType("lanes"), ModuleType("lane_math"), ModuleType("denormal")
    vars(lanes).update(
        memory=memory,
        where=lambda test, a, b: np.where(np.asarray(test) != 0, a, b),
        whole=lambda number: number,
        is_nought=lambda lanes: not np.any(lanes),
    )
    vars(functions).update(sigmoid=expit, power=np.power)
    for name in ("tanh", "exp", "log", "log1p", "sqrt", "sin", "cos"):
        setattr(functions, name, getattr(np, name))
    vars(denormal).update(flush_denormals=lambda: 0, restore=lambda mode: None)
    monkeypatch.setitem(sys.modules, "rnnbench.recurrence.denormal", denormal)
    monkeypatch.setitem(sys.modules, "rnnbench.recurrence.lanes", lanes)
    monkeypatch.setitem(sys.modules, "rnnbench.recurrence.lane_math", functions)
