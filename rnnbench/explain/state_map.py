"""One model as a map from state to state, at an input that stays."""

import numpy as np
import torch
from torch import Tensor
from torch.func import jacrev, vmap

from rnnbench.cell import State
from rnnbench.explain.gradients import Floats
from rnnbench.explain.models import Models
from rnnbench.recurrence.step import call


class StateMap:
    """s -> s' of one member, all numbers of the state in one vector; ``x`` is the input, nought unless given."""

    def __init__(self, models: Models, member: int, x: Floats | None = None) -> None:
        self._cell = models.cell
        own, others = models.layout.cut(models.flat[member : member + 1])
        self._own = {name: value[0] for name, value in own.items()}
        self._derived = {name: value.detach() for name, value in call(self._cell, "derive", self._own, {}).items()}
        self.readout, self.readout_bias = others["readout"][0].numpy(), others["readout_bias"][0].numpy()
        self.inputs = self._cell.inputs
        self._x = torch.zeros(self._cell.inputs, dtype=torch.float64) if x is None else torch.from_numpy(x)
        start = call(self._cell, "initial_state", self._own, {}, 1)
        self._shapes = [tuple(part.shape[1:]) for part in start]
        self.start = torch.cat([part.reshape(-1) for part in start]).double().detach().numpy()
        self.size = len(self.start)

    def __call__(self, states: Floats, x: Floats | None = None) -> Floats:
        """The next states, ``row number``; ``x`` is ``row feature``, or the map's own input."""
        return self._run(states, x)[1]

    def outputs(self, states: Floats, x: Floats | None = None) -> Floats:
        """What the cell says on the way, ``row hidden``."""
        return self._run(states, x)[0]

    def jacobians(self, states: Floats, x: Floats | None = None) -> Floats:
        """ds'/ds, ``row new old``."""
        given = self._given(len(states), x)
        found = vmap(jacrev(self._next))(torch.from_numpy(np.ascontiguousarray(states)), given)
        return np.asarray(found.detach().numpy())

    def answers(self, outputs: Floats) -> Floats:
        """The read-out of outputs, ``row answer``."""
        return np.asarray(outputs @ self.readout + self.readout_bias)

    def _run(self, states: Floats, x: Floats | None) -> tuple[Floats, Floats]:
        with torch.no_grad():
            inputs = self._given(len(states), x)
            output, new = call(
                self._cell, "step", self._own, self._derived, inputs, self._parts(torch.from_numpy(states))
            )
            return output.numpy(), torch.cat([part.flatten(1) for part in new], dim=1).numpy()

    def _next(self, state: Tensor, x: Tensor) -> Tensor:
        _, new = call(self._cell, "step", self._own, self._derived, x[None], self._parts(state[None]))
        return torch.cat([part.reshape(-1) for part in new])

    def _given(self, rows: int, x: Floats | None) -> Tensor:
        return self._x.expand(rows, -1) if x is None else torch.from_numpy(np.ascontiguousarray(x))

    def _parts(self, states: Tensor) -> State:
        sizes = [int(np.prod(shape)) for shape in self._shapes]
        parts = torch.split(states, sizes, dim=1)
        return tuple(part.reshape(len(states), *shape) for part, shape in zip(parts, self._shapes, strict=True))
