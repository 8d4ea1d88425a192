"""Memory that a fused update works in, used again by one group after another."""

import math
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnnbench.recurrence.arguments import TOGETHER, Work
from rnnbench.recurrence.numba_source import Kernel
from rnnbench.recurrence.origins import Origins

Array = NDArray[Any]


@dataclass(frozen=True)
class Space:
    """Arrays for one group at a time; rows of lanes begin at a multiple of 64 bytes, as PyTorch's memory does."""

    time: int
    steps: int
    noughts: Array
    """As many as a sequence has numbers."""
    nothing: int
    """Where those lie."""
    work: Work


@dataclass
class Memory:
    """Hands out spaces: each is in one thread's hands at a time."""

    kernel: Kernel
    answers: int
    weights: int
    """Numbers that the kernel reads of a member, read-out and all."""
    origins: Origins
    """What a member's row holds."""
    scratch: int
    """Numbers of scratch memory that deriving them takes."""
    dtype: torch.dtype
    _free: list[Space] = field(default_factory=list)

    def take(self, time: int, steps: int) -> Space:
        """Space for ``time`` steps of input with answers at ``steps`` of them."""
        with suppress(IndexError):  # nothing is free; to ask first would leave another thread time to take it
            while True:
                space = self._free.pop()
                if space.time >= time and space.steps >= steps:
                    return space
        return self._made(time, steps)

    def give_back(self, space: Space) -> None:
        """Ready for the next group."""
        self._free.append(space)

    def _made(self, time: int, steps: int) -> Space:
        kernel, out = self.kernel, self.kernel.step.output.width
        rows = {
            "x": time * kernel.step.inputs,
            "kept": time * kernel.rows + kernel.rows + kernel.states,  # an evaluation's single step too
            "weights": self.weights,
            "gradient": self.weights,
            "given": (steps + 1) * out,
            "targets": steps * self.answers,
            "answers": self.answers,
            "scores": steps,
            "scratch": max(kernel.scratch, math.ceil(self.scratch / kernel.shape.lanes)),
            "late": kernel.late,
            **dict.fromkeys(("losses", "shares", "lengths"), 1),
            **dict.fromkeys(("cotangent", "new"), kernel.states),
        }
        lanes = {name: self._zeros(count * kernel.shape.lanes) for name, count in rows.items()}
        members, total = kernel.shape.members, self.origins.total
        after = self._zeros(self.origins.parameters + TOGETHER)
        own = {"g": self._zeros(members * total).reshape(members, total), "next": after}
        whole = {name: np.zeros(2 * kernel.shape.lanes, dtype=np.int64) for name in ("addresses", "ends")}
        work = Work(**lanes, **own, **whole, rows=self._rows(), asked=np.zeros(members))
        noughts = self._zeros(time * kernel.step.inputs)
        return Space(time, steps, noughts, noughts.ctypes.data, work)

    def _rows(self) -> Array:
        """A row for each member, with what is fixed in it."""
        origins, members = self.origins, self.kernel.shape.members
        rows = self._zeros(members * origins.total).reshape(members, origins.total)
        rows[:, origins.parameters : origins.first_derived] = origins.fixed
        return rows

    def _zeros(self, count: int) -> Array:
        return torch.zeros(count, dtype=self.dtype).numpy()
