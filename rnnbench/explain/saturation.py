"""How much of a cell's gates is saturated, without knowing them: every squashing function of a step is watched."""

import inspect
import linecache
import sys
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from rnnbench.explain.models import Models
from rnnbench.explain.spectrum import visited
from rnnbench.recurrence.step import call

Values = np.ndarray[Any, np.dtype[np.float64]]
EDGE = 0.02
"""A sigmoid or tanh nearer to an end than this share of its range is saturated: its slope is below a tenth of its best.
A clamp is where it is at its end exactly: its slope is nought."""
WATCHED: dict[str, tuple[float, float] | None] = {
    "sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "clamp": None,
    "hardtanh": None,
}


@dataclass(frozen=True)
class Squash:
    """One squashing function of the step, over real sequences."""

    function: str
    line: str
    """The line of the cell that calls it."""
    low: float
    """Share of values at the lower end."""
    high: float
    median: float


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Keeps what the squashing functions give, in the order in which they are called."""

    def __init__(self, path: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._path = path
        self.seen: list[Squash] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name in WATCHED:
            ends = WATCHED[name] or (float(args[1]), float(args[2]))
            self.seen.append(_squash(name, self._line(), given.detach().numpy(), ends))
        return given

    def _line(self) -> str:
        """The line of the cell's own file that led here."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename != self._path:
            frame = frame.f_back
        return linecache.getline(self._path, frame.f_lineno).strip() if frame is not None else ""


def saturation(models: Models, member: int) -> list[Squash]:
    """Every sigmoid, tanh and clamp of the step of ``member``, over the steps of test sequences, in order."""
    inputs, states, steps = visited(models, member)
    own, _ = models.layout.cut(models.flat[member : member + 1])
    weights = {name: value[0] for name, value in own.items()}
    derived = dict(call(models.cell, "derive", weights, {}))
    x = torch.from_numpy(np.concatenate([inputs[step] for step in steps]))
    parts, place = [], 0
    flat = torch.from_numpy(np.concatenate([states[step] for step in steps]))
    for part in call(models.cell, "initial_state", weights, {}, 1):
        size = part[0].numel()
        parts.append(flat[:, place : place + size].reshape(len(flat), *part.shape[1:]))
        place += size
    watch = _Watch(inspect.getsourcefile(type(models.cell)) or "")
    with torch.no_grad(), watch:
        call(models.cell, "step", weights, derived, x, tuple(parts))
    return watch.seen


def _squash(name: str, line: str, values: Values, ends: tuple[float, float]) -> Squash:
    low, high = ends
    edge = EDGE * (high - low) if name in ("sigmoid", "tanh") else 0.0
    at_low, at_high = float((values <= low + edge).mean()), float((values >= high - edge).mean())
    return Squash(name, line, at_low, at_high, float(np.median(values)))
