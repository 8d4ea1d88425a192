"""Parameters that every cell has beside its own: how many layers of it stand one above the other, and what between."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field


@dataclass(frozen=True, kw_only=True)
class Stacking:
    """Its fields are the parameters; with all at their defaults a cell is itself, in name and numbers.

    A cell with a parameter of such a name keeps its own, and one with its own ``layers`` stacks itself: it takes none.
    """

    version: ClassVar[int] = 1
    """Raised when the definition of a stack changes: part of the identity of every trial of one."""

    layers: Annotated[int, Field(ge=1, le=64)] = 1
    residual: bool = False
    norm: Literal["none", "layer", "rms"] = "none"
    mlp: Annotated[int, Field(ge=0, le=16)] = 0
    """Width of the gated MLP after each layer, in units of ``hidden``; 0 is none."""

    def activations(self, of_cell: int) -> int:
        """Numbers kept for the backward pass per unit, sequence and step, where one cell keeps ``of_cell``."""
        norms = 0 if self.norm == "none" else 8
        return self.layers * (of_cell + norms + 6 * self.mlp + 2 * self.residual)
