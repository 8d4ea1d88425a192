"""The loss of any number of models on the same sequences: a landscape is a population."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from rnnbench.explain.gradients import Floats
from rnnbench.explain.subject import Subject
from rnnbench.ran import Ran
from rnnbench.recurrence.choose import Kernel, make_kernel
from rnnbench.train.encode import encode
from rnnbench.train.readout import loss_and_tally

NUMBERS = 2**23
"""Numbers that a chunk of models is fed, about: what fits into memory without a thought."""


class Losses:
    """Losses in float64 of models with the shapes of ``subject`` at ``length``, on ``sequences`` of its test stream."""

    def __init__(self, subject: Subject, length: int, sequences: int) -> None:
        trial = subject.at(length).trials[0]
        self._models = replace(subject, trials=(trial,)).models(torch.zeros(1, 1))
        self._task, self.layout = self._models.task, self._models.layout
        self._batch = self._models.batch(sequences)
        time, _, self._sequences = self._batch.inputs.shape[:3]
        width = self._batch.inputs.shape[3] if self._batch.inputs.dim() > 3 else 1
        self.chunk = max(64, NUMBERS // (time * self._sequences * width))
        self._kernels: dict[int, Kernel] = {}

    @property
    def ran(self) -> Ran:
        """What runs the cell."""
        kernel = self._kernel(1)
        return Ran(kernel.name, kernel.reason)

    def __call__(self, flat: Floats) -> Floats:
        """The mean loss of each row of ``flat``, ``member parameter``."""
        with torch.no_grad():
            parts = [self._loss(torch.from_numpy(part)).numpy() for part in self._chunks(flat)]
        return np.concatenate(parts)

    def slopes(self, flat: Floats) -> Floats:
        """d(loss)/d(parameter), ``member parameter``."""
        parts = []
        for part in self._chunks(flat):
            weights = torch.from_numpy(part).requires_grad_()
            (slope,) = torch.autograd.grad(self._loss(weights).sum(), weights)
            parts.append(slope.numpy())
        return np.concatenate(parts)

    def _chunks(self, flat: Floats) -> list[Floats]:
        return [np.ascontiguousarray(flat[start : start + self.chunk]) for start in range(0, len(flat), self.chunk)]

    def _loss(self, flat: Tensor) -> Tensor:
        members = len(flat)
        own, others = self.layout.cut(flat)
        batch = replace(
            self._batch,
            inputs=_for_each(self._batch.inputs, members, 1),
            lengths=_for_each(self._batch.lengths, members, 0),
            targets=_for_each(self._batch.targets, members, 1),
            scored=_for_each(self._batch.scored, members, 1),
        )
        inputs = encode(self._task, batch.inputs, others.get("embedding"), torch.float64)
        outputs = self._kernel(members)(own, inputs, batch.lengths, batch.shortest, batch.steps)
        return loss_and_tally(self._task, others, outputs, batch, by_class=False)[0]

    def _kernel(self, members: int) -> Kernel:
        """One for each size of chunk; the same machine code."""
        if members not in self._kernels:
            self._kernels[members] = make_kernel("auto", self._models.cell, members, self._sequences, "cpu")
        return self._kernels[members]


def _for_each(tensor: Tensor, members: int, axis: int) -> Tensor:
    """The one member's data, for all."""
    shape = list(tensor.shape)
    shape[axis] = members
    return tensor.expand(shape)
