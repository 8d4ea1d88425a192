"""Delayed echo, also known as postcasting or the lag task."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rnnbench.errors import RnnbenchError
from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Features, Small, Success, Task, Tokens, Values

BOUND = 0.8


@TASKS.register("echo")
@dataclass(frozen=True, kw_only=True)
class Echo(Task):
    """Repeat at every step what was fed ``delay`` steps before.

    ``values=discrete``: each step feeds one of ``symbols`` symbols, all equally likely. ``values=continuous``: each
    step feeds a number drawn uniformly from -0.8 to 0.8. Scored from step ``delay`` (the first is 0) to the end of
    ``length`` steps. With ``delay=2``::

        input    1 0 2 2 1
        target   . . 1 0 2

    For continuous values success is a mean squared error of at most 0.002, 1 % of the inputs' variance 0.64/3
    (our choice: the source sets no threshold). Published lengths: small 50, medium 100, large 300.
    """

    source = "Bendi-Ouis et al. 2026, postcasting tasks of the authors' code (cogscale)"
    kind = "storage"
    guessing = "1/3"
    presets = {
        "small": {"values": "discrete", "symbols": 3, "delay": 5},
        "medium": {"values": "discrete", "symbols": 8, "delay": 15},
        "large": {"values": "discrete", "symbols": 8, "delay": 50},
        "continuous-small": {"values": "continuous", "delay": 5},
        "continuous-medium": {"values": "continuous", "delay": 15},
        "continuous-large": {"values": "continuous", "delay": 50},
    }
    minimum_length = 6
    small = Small(length=10, parameters={"symbols": 2, "delay": 2})

    values: Literal["discrete", "continuous"] = "discrete"
    symbols: Annotated[int, Field(ge=2, le=1000)] = 3
    delay: Annotated[int, Field(ge=1, le=100_000)] = 5

    @property
    def inputs(self) -> Features | Tokens:
        """A symbol or a number."""
        return Tokens(self.symbols) if self.values == "discrete" else Features(1)

    @property
    def answer(self) -> Classes | Values:
        """The same kind again."""
        return Classes(self.symbols) if self.values == "discrete" else Values(1)

    @property
    def success(self) -> Success:
        """99 % of symbols, or 99 % of the variance."""
        return Success() if self.values == "discrete" else Success("mse", 0.002)

    def check_length(self, length: int) -> None:
        """Refuse a length at which nothing would be wanted."""
        if length <= self.delay:
            raise RnnbenchError(f"task {self.name!r} needs length > delay, got length={length}, delay={self.delay}.")

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs and answers ``batch time`` (discrete) or ``batch time 1`` (continuous)."""
        if self.values == "discrete":
            inputs: Array = rng.integers(0, self.symbols, size=(batch, length))
        else:
            inputs = rng.uniform(-BOUND, BOUND, size=(batch, length, 1)).astype(np.float32)
        return Batch.at(inputs, self.solve(inputs), np.arange(length) >= self.delay)

    def solve(self, inputs: Array) -> Array:
        """The inputs, shifted by the delay."""
        targets = np.zeros_like(inputs)
        targets[:, self.delay :] = inputs[:, : -self.delay]
        return targets

    @property
    def chance(self) -> float:
        """Uniform over symbols; for numbers their variance, the error of the mean."""
        return 1 / self.symbols if self.values == "discrete" else BOUND**2 / 3

    def memoryless(self, length: int) -> float:
        """Inputs are independent, the present one tells nothing."""
        return self.chance
