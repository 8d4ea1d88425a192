"""The reference kernel: plain PyTorch operations over a tile of members, on any device."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rnnbench.cell import Cell
from rnnbench.recurrence.step import MemberStep, Weights


class EagerKernel:
    """``cell`` over time for ``members`` models on ``batch`` sequences each."""

    name = "eager"

    def __init__(self, cell: Cell, members: int, batch: int) -> None:
        self._step = MemberStep(cell, members, batch)

    @property
    def reason(self) -> str:
        """Why members run one by one; empty if they run together."""
        return self._step.reason

    def __call__(
        self, parameters: Weights, inputs: Tensor, active: Sequence[Tensor | None], wanted: Sequence[int]
    ) -> dict[int, Tensor]:
        """Outputs ``member batch hidden`` at each step of ``wanted``.

        ``inputs`` is ``time member batch feature``. ``active[t]`` is bool ``member batch 1``, or None where every
        sequence goes on: a sequence that has ended keeps its state, so padding can neither change nor overflow it.
        """
        derived = self._step.derive(parameters)
        state = self._step.initial_state(parameters, inputs)
        outputs: dict[int, Tensor] = {}
        keep = set(wanted)
        for time in range(max(keep) + 1):
            output, new = self._step(parameters, derived, inputs[time], state)
            going = active[time]
            state = (
                new
                if going is None
                else tuple(torch.where(going, after, before) for after, before in zip(new, state, strict=True))
            )
            if time in keep:
                outputs[time] = output
        return outputs
