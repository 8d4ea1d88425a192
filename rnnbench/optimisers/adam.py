"""Adam and AdamW."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from rnnbench.optimiser import Optimiser, Slots
from rnnbench.registry import OPTIMISERS

Decay = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]


@OPTIMISERS.register("adam")
@dataclass(frozen=True, kw_only=True)
class Adam(Optimiser):
    """Adam. ``epsilon_at=corrected`` is torch's m̂/(√v̂+ε), ``raw`` is Keras's, where ε meets the uncorrected √v."""

    source = "Kingma & Ba 2015, arXiv:1412.6980, Algorithm 1; the note before Sec. 2.1 for Keras's order"
    presets = {"torch": {}, "keras": {"epsilon": 1e-7, "epsilon_at": "raw"}}
    slots = ("m", "v")

    beta1: Decay = 0.9
    beta2: Decay = 0.999
    epsilon: Positive = 1e-8
    epsilon_at: Literal["corrected", "raw"] = "corrected"

    def update(self, p: Tensor, g: Tensor, slots: Slots, t: int, h: Mapping[str, Tensor]) -> Tensor:
        """P - lr m̂ / (√v̂ + ε)."""
        beta1, beta2 = h["beta1"], h["beta2"]
        slots["m"] = m = beta1 * slots["m"] + (1 - beta1) * g
        slots["v"] = v = beta2 * slots["v"] + (1 - beta2) * (g * g)
        first, second = 1 - beta1**t, torch.sqrt(1 - beta2**t)
        if self.epsilon_at == "raw":
            return p - (h["learning_rate"] * second / first) * m / (torch.sqrt(v) + h["epsilon"])
        return p - (h["learning_rate"] / first) * m / (torch.sqrt(v) / second + h["epsilon"])


@OPTIMISERS.register("adamw")
@dataclass(frozen=True, kw_only=True)
class AdamW(Adam):
    """Adam with decoupled weight decay: p shrinks by lr · weight_decay before each step."""

    source = "Loshchilov & Hutter 2019, arXiv:1711.05101, Algorithm 2; default decay of torch"

    presets = {"torch": {}, "keras": {**Adam.presets["keras"], "weight_decay": 0.004}}

    weight_decay: Annotated[float, Field(ge=0)] = 0.01

    def update(self, p: Tensor, g: Tensor, slots: Slots, t: int, h: Mapping[str, Tensor]) -> Tensor:
        """Adam's step from the shrunk parameters."""
        shrunk = p * (1 - h["learning_rate"] * h["weight_decay"])
        return super().update(shrunk, g, slots, t, h)
