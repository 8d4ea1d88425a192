"""Layers of one cell, one above the other: a cell again, so that whatever runs a cell runs a stack of it."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.cell import Cell, Model, State, assign
from rnnbench.parameters import split
from rnnbench.parts.initialise import uniform
from rnnbench.parts.norm import Norm
from rnnbench.parts.stacking import Stacking


def build(kind: type[Model], inputs: int, hidden: int, parameters: Mapping[str, Any]) -> Model:
    """The cell with its ``parameters``, or a stack of it where those of :class:`Stacking` are among them."""
    own, stacking = split(kind, parameters)
    if stacking is None:
        return kind(inputs, hidden, **own)
    assert issubclass(kind, Cell), "only cells have the parameters of a stack"
    return Stack(kind, inputs, hidden, stacking, own)


class Stack(Cell):
    """Each layer reads the outputs of the one below, in the same step.

    With ``residual``, s = s + layer(norm(s)), then s = s + mlp(norm(s)) (pre-norm, Xiong et al. 2020); else s is what
    the layer or the MLP puts out. Where residual needs equal widths, s starts as x P. ``norm`` stands before every
    layer, MLP and the read-out, but not on raw inputs, which may be a single number: without ``residual`` the first
    layer has none. The MLP is (silu(s W) * s V) U, without biases (SwiGLU, Shazeer 2020).
    """

    source = "Graves et al. 2013; torch.nn's num_layers"

    def __init__(
        self, kind: type[Cell], inputs: int, hidden: int, stacking: Stacking, parameters: Mapping[str, Any]
    ) -> None:
        super().__init__(inputs, hidden)
        self.name = kind.name  # type: ignore[misc]  # messages are about the cell
        projected = stacking.residual and inputs != hidden
        self.projection = nn.Parameter(torch.empty(inputs, hidden)) if projected else None
        self.layers = nn.ModuleList()
        for number in range(stacking.layers):
            raw = number == 0 and not stacking.residual
            cell = kind(inputs if raw else hidden, hidden, **parameters)
            self.layers.append(Layer(cell, stacking, normalised=not raw))
        self.norm = _norm(stacking, hidden)

    def initial_state(self, batch: int) -> State:
        """Those of the layers, the lowest first."""
        return tuple(part for layer in self._layers() for part in layer.cell.initial_state(batch))

    def derive(self) -> Mapping[str, Tensor]:
        """Those of the layers, each name after its layer's number."""
        return {
            f"{number}.{name}": value
            for number, layer in enumerate(self._layers())
            for name, value in layer.cell.derive().items()
        }

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Projection, then layer by layer from below: the cell as it draws itself, then its MLP."""
        if self.projection is not None:
            assign(self.projection, uniform(rng, self.inputs, self.hidden, self.inputs))
        for layer in self._layers():
            layer.reset_parameters(rng)
        if self.norm is not None:
            self.norm.reset_parameters()

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``x`` is ``batch feature``; the state is that of :meth:`initial_state`."""
        s = x if self.projection is None else x @ self.projection
        new: list[Tensor] = []
        for number, layer in enumerate(self._layers()):
            prefix = f"{number}."
            layer.cell.derived = {
                name.removeprefix(prefix): value for name, value in self.derived.items() if name.startswith(prefix)
            }
            s, own = layer(s, state[len(new) : len(new) + layer.states])
            new += own
        return s if self.norm is None else self.norm(s), tuple(new)

    def _layers(self) -> Iterator["Layer"]:
        return (layer for layer in self.layers if isinstance(layer, Layer))


class Layer(nn.Module):
    """A cell with what stands around it."""

    def __init__(self, cell: Cell, stacking: Stacking, *, normalised: bool) -> None:
        super().__init__()
        self.cell, self.residual = cell, stacking.residual
        self.states = len(cell.initial_state(1))
        self.norm = _norm(stacking, cell.hidden) if normalised else None
        self.mlp = GatedMLP(cell.hidden, stacking.mlp * cell.hidden) if stacking.mlp else None
        self.mlp_norm = _norm(stacking, cell.hidden) if stacking.mlp else None

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """The cell, then the MLP."""
        self.cell.reset_parameters(rng)
        if self.mlp is not None:
            self.mlp.reset_parameters(rng)
        for norm in (self.norm, self.mlp_norm):
            if norm is not None:
                norm.reset_parameters()

    def forward(self, s: Tensor, state: State) -> tuple[Tensor, State]:
        """One step: ``batch width`` in, ``batch hidden`` and the cell's new state out."""
        output, new = self.cell.step(s if self.norm is None else self.norm(s), state)
        s = s + output if self.residual else output
        if self.mlp is not None:
            output = self.mlp(s if self.mlp_norm is None else self.mlp_norm(s))
            s = s + output if self.residual else output
        return s, new


class GatedMLP(nn.Module):
    """(silu(s W) * s V) U."""

    def __init__(self, hidden: int, width: int) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.empty(hidden, width))
        self.v = nn.Parameter(torch.empty(hidden, width))
        self.u = nn.Parameter(torch.empty(width, hidden))

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Each matrix uniform in ±1/sqrt(fan_in), as torch's Linear."""
        for matrix in (self.w, self.v, self.u):
            rows, columns = matrix.shape
            assign(matrix, uniform(rng, rows, columns, rows))

    def forward(self, s: Tensor) -> Tensor:
        """``batch hidden`` to ``batch hidden``."""
        return (nn.functional.silu(s @ self.w) * (s @ self.v)) @ self.u


def _norm(stacking: Stacking, width: int) -> Norm | None:
    return None if stacking.norm == "none" else Norm(stacking.norm, width)
