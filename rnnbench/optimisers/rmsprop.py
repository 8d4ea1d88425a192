"""RMSprop."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from rnnbench.optimiser import Optimiser, Slots
from rnnbench.registry import OPTIMISERS


@OPTIMISERS.register("rmsprop")
@dataclass(frozen=True, kw_only=True)
class RMSprop(Optimiser):
    """v = ρ v + (1-ρ) g²; p - lr g / (√v + ε), as torch and Keras 2 have it."""

    source = "Tieleman & Hinton 2012, Coursera lecture 6.5"
    presets = {"torch": {}, "keras2": {"decay": 0.9, "epsilon": 1e-7}, "urnn": {"decay": 0.9}}
    slots = ("v",)

    decay: Annotated[float, Field(ge=0, lt=1)] = 0.99
    epsilon: Annotated[float, Field(gt=0)] = 1e-8

    def update(self, p: Tensor, g: Tensor, slots: Slots, t: int, h: Mapping[str, Tensor]) -> Tensor:
        """One step scaled by the running root mean square of the gradient."""
        slots["v"] = v = h["decay"] * slots["v"] + (1 - h["decay"]) * (g * g)
        return p - h["learning_rate"] * g / (torch.sqrt(v) + h["epsilon"])
