"""Gradient descent, plain and with momentum."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from torch import Tensor

from rnnbench.optimiser import Optimiser, Slots
from rnnbench.registry import OPTIMISERS


@OPTIMISERS.register("sgd")
@dataclass(frozen=True, kw_only=True)
class SGD(Optimiser):
    """p - lr g."""

    source = "Robbins & Monro 1951, with a gradient for the noisy observation"

    def update(self, p: Tensor, g: Tensor, slots: Slots, t: int, h: Mapping[str, Tensor]) -> Tensor:
        """One step down the gradient."""
        return p - h["learning_rate"] * g


@OPTIMISERS.register("momentum")
@dataclass(frozen=True, kw_only=True)
class Momentum(Optimiser):
    """u = μ u + g; p - lr u (torch's form; ``nesterov`` looks ahead: p - lr (g + μ u))."""

    source = "Polyak 1964, the heavy ball; Sutskever et al. 2013, Sec. 2, for the Nesterov form"
    slots = ("u",)

    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    nesterov: bool = False

    def update(self, p: Tensor, g: Tensor, slots: Slots, t: int, h: Mapping[str, Tensor]) -> Tensor:
        """One step along the running sum of gradients."""
        slots["u"] = u = h["momentum"] * slots["u"] + g
        return p - h["learning_rate"] * (g + h["momentum"] * u if self.nesterov else u)
