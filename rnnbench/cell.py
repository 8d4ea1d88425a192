"""The contract of a recurrent cell: one step, written for one model in plain PyTorch.

No time loop, no population axis: rnnbench adds both. The smallest cell is some fifteen lines::

    @CELLS.register("leaky")
    class Leaky(Cell):
        \"\"\"h = a h + (1 - a) tanh(W x + U h)\"\"\"

        source = "an example"

        def __init__(self, inputs: int, hidden: int, *, a: float = 0.9) -> None:
            super().__init__(inputs, hidden)
            self.a = a
            self.w = nn.Parameter(torch.empty(inputs, hidden))
            self.u = nn.Parameter(torch.empty(hidden, hidden))

        def step(self, x, state):
            (h,) = state
            h = self.a * h + (1 - self.a) * torch.tanh(x @ self.w + h @ self.u)
            return h, (h,)
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor, nn

from rnnbench.errors import PluginError

State = tuple[Tensor, ...]
Kind = Literal[
    "vanilla", "gated", "bistable", "orthogonal", "oscillator", "state space", "matrix memory", "fixed", "attention",
    "other",
]  # fmt: skip


class Model(nn.Module, ABC):
    """What cells and :class:`rnnbench.sequence_model.SequenceModel` have alike."""

    by_step: ClassVar[bool] = True
    """Whether it goes step by step, with a state."""
    name: ClassVar[str]
    source: ClassVar[str]
    """Paper and where in it: ``Authors year, section``; the part before the comma heads a section of the docs."""
    kind: ClassVar[Kind] = "other"
    """Which family of cells it belongs to."""
    version: ClassVar[int] = 1
    """Raised when the definition changes: part of every trial's identity."""
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    initialisation: ClassVar[frozenset[str]] = frozenset()
    """Parameters that decide only how weights start: members that differ in them share a population."""
    later: ClassVar[frozenset[str]] = frozenset()
    """Parameters that came with no new version: a trial's identity leaves them out while they have their defaults."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.inputs, self.hidden = inputs, hidden

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Draw every parameter anew from ``rng``; uniform in ±1/sqrt(hidden), as in torch, by default."""
        bound = self.hidden**-0.5
        for parameter in self.parameters():
            assign(parameter, rng.uniform(-bound, bound, size=tuple(parameter.shape)))

    @property
    def fixed(self) -> frozenset[str]:
        """Names of the parameters that are drawn and never trained: those made with ``requires_grad=False``."""
        return frozenset(name for name, parameter in self.named_parameters() if not parameter.requires_grad)

    @abstractmethod
    def state_at(self, steps: int) -> int:
        """Floats that must be kept of one sequence after ``steps`` steps to go on."""


class Cell(Model):
    """A recurrent cell of ``hidden`` units that reads ``inputs`` features a step."""

    derived: Mapping[str, Tensor]
    """What :meth:`derive` returned, to be read in :meth:`step`."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden)
        self.derived = {}

    def initial_state(self, batch: int) -> State:
        """The state before the first step, each tensor ``batch width``; one zero vector of ``hidden`` by default."""
        return (torch.zeros(batch, self.hidden),)

    @abstractmethod
    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """One step: ``x`` is ``batch feature``; returns the output ``batch hidden`` and the new state.

        Beside longer sequences one that has ended goes on, on noughts, and what it makes there is thrown away: with a
        last state and ``x = 0`` the step and its derivatives must be finite (no ``1 / x``).
        """

    def derive(self) -> Mapping[str, Tensor]:
        """Weights computed from parameters once an update, before the time loop, under autograd."""
        return {}

    @property
    def state_size(self) -> int:
        """Floats that the state holds for one sequence."""
        return sum(part[0].numel() for part in self.initial_state(1))

    def state_at(self, steps: int) -> int:
        """The same however long the sequence."""
        del steps
        return self.state_size


def assign(parameter: Tensor, values: Any) -> None:
    """Copy ``values`` (an array or a number) into ``parameter`` without a gradient."""
    with torch.no_grad():
        parameter.copy_(torch.as_tensor(np.asarray(values), dtype=parameter.dtype))


def derived_weights(cell: Cell) -> dict[str, Tensor]:
    """What :meth:`Cell.derive` returns. Raises PluginError for anything but floating-point tensors by name."""
    derived: object = cell.derive()
    rule = f"cell {cell.name!r}: derive must return a dict of floating-point tensors by name"
    if not isinstance(derived, Mapping):
        raise PluginError(f"{rule}, got one {type(derived).__name__}.")
    for name, value in derived.items():
        if not isinstance(name, str):
            raise PluginError(f"{rule}, got the name {name!r}.")
        if not isinstance(value, Tensor) or not value.is_floating_point():
            kind = str(value.dtype) if isinstance(value, Tensor) else type(value).__name__
            raise PluginError(f"{rule}, {name!r} is of type {kind}.")
    return dict(derived)
