"""Models of one shape, unrolled step by step in double precision: what every instrument looks at."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rnnbench.cell import Cell, State
from rnnbench.errors import RnnbenchError
from rnnbench.recurrence.eager import EagerKernel
from rnnbench.streams import stream
from rnnbench.train.encode import encode
from rnnbench.train.feed import Feed, TileBatch
from rnnbench.train.readout import Tally, loss_and_tally
from rnnbench.train.weights import Layout, make_cell
from rnnbench.trial import Trial


@dataclass(frozen=True)
class Unrolled:
    """Every state on the way and the loss at its end."""

    states: list[State]
    """After each step, every tensor ``member batch ...``, on the graph that made ``loss``; parts are copies."""
    loss: Tensor
    """Mean over a member's scored answers, ``member``."""
    tally: Tally


class Models:
    """Members with the weights ``flat`` (``member parameter``), one for each of ``trials``; they share their shapes.

    Raises RnnbenchError for a model that is no cell.
    """

    def __init__(self, trials: Sequence[Trial], flat: Tensor) -> None:
        self.trials, self.flat = list(trials), flat.double()
        self.task = trials[0].make_task()
        cell = make_cell(trials[0], self.task, torch.float64)
        if not isinstance(cell, Cell):
            raise RnnbenchError(f"{trials[0].cell.label} has no state to look at: it reads whole sequences, not steps.")
        self.cell = cell
        self.cell.reset_parameters(stream("template"))
        self.layout = Layout(self.cell, self.task)
        self._kernels: dict[tuple[int, int], EagerKernel] = {}

    def batch(self, sequences: int) -> TileBatch:
        """``sequences`` of each member's test stream, evenly spaced in it: data may be sorted by class."""
        feed = Feed(self.task, self.trials, len(self.trials), {}, torch.device("cpu"), torch.float64)
        count = min(own.count for own in feed.sets("test"))
        whole = next(feed.evaluation("test", count))
        rows = torch.linspace(0, count - 1, min(sequences, count)).round().long()
        return replace(
            whole,
            inputs=whole.inputs[:, :, rows],
            lengths=whole.lengths[:, rows],
            targets=whole.targets[:, :, rows],
            scored=whole.scored[:, :, rows],
        )

    def unroll(self, batch: TileBatch, flat: Tensor | None = None, start: tuple[int, State] | None = None) -> Unrolled:
        """Run ``batch`` through every member; ``flat`` takes the place of the members' weights.

        ``start`` begins at another step, with a state given; answers before it are left out of the loss.
        """
        own, others = self.layout.cut(self.flat if flat is None else flat)
        inputs = encode(self.task, batch.inputs, others.get("embedding"), torch.float64)
        kernel = self._kernel(inputs.shape[1], inputs.shape[2])
        states: list[State] = []
        outputs: dict[int, Tensor] = {}
        for time, output, state in kernel.steps(own, inputs, batch.lengths, batch.shortest, start, apart=True):
            states.append(state)
            if time in batch.steps:
                outputs[time] = output
        if start is not None:
            late = [number for number, step in enumerate(batch.steps) if step >= start[0]]
            steps = [batch.steps[number] for number in late]
            batch = replace(batch, steps=steps, targets=batch.targets[late], scored=batch.scored[late])
        loss, tally = loss_and_tally(self.task, others, outputs, batch, by_class=False)
        return Unrolled(states, loss, tally)

    def _kernel(self, members: int, sequences: int) -> EagerKernel:
        """Traced once for each shape."""
        shape = (members, sequences)
        if shape not in self._kernels:
            self._kernels[shape] = EagerKernel(self.cell, *shape)
        return self._kernels[shape]
