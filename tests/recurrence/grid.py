"""Cells and shapes that kernels are compared at, and a sample of them in which every pair of values meets."""

import itertools
import random
from typing import Any

from rnnbench.registry import CELLS
from tests.recurrence.odd_cells import ODD

KNOWN = [f"{name}:{like}" for name in ("srnn", "lstm", "gru") for like in ("keras2", "torch", "keras3")]
TEXTS = [*KNOWN, *ODD]
OTHERS = [
    *(name for name in CELLS if CELLS[name].by_step and name not in ("srnn", "lstm", "gru")),
    *("lstm:peephole=true,coupled=true", "lstm:input_gate=false,output_gate=false", "ur_lstm:u"),
    "antisymmetric:gated=true",
]
"""Every other shipped cell, and options that change the equations."""
GRID: dict[str, list[Any]] = {
    "text": TEXTS,
    "hidden": [1, 2, 3, 8, 16, 33, 64],
    "batch": [1, 5, 16, 33],
    "longest": [1, 2, 17, 60, 300],
    "members": [1, 3, 7],
    "inputs": [1, 2],
}


def pairwise(seed: int, grid: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """A small sample of ``grid`` in which every pair of values of two axes meets (`memory` stops at 16 units)."""
    rng, names = random.Random(seed), list(grid)
    missing = {
        ((a, i), (b, j))
        for a, b in itertools.combinations(names, 2)
        for i in range(len(grid[a]))
        for j in range(len(grid[b]))
    }
    chosen = []
    while missing:
        tries = [{name: rng.randrange(len(grid[name])) for name in names} for _ in range(60)]
        best = max(tries, key=lambda point: len(_pairs(point) & missing))
        missing -= _pairs(best)
        point = {name: grid[name][place] for name, place in best.items()}
        chosen.append(point | {"hidden": min(point["hidden"], 16 if point["text"] == "memory" else 64)})
    return chosen


def _pairs(point: dict[str, int]) -> set[tuple[tuple[str, int], tuple[str, int]]]:
    return set(itertools.combinations(point.items(), 2))
