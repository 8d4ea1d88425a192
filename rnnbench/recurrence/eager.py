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
        self._members = members
        self._step = MemberStep(cell, members, batch)
        self.not_lowered = ""
        """Why a fused kernel was not to be had, if it was wanted."""

    @property
    def reason(self) -> str:
        """Why members run one by one, or unfused; empty if neither was asked for otherwise."""
        one_by_one = self._step.reason if self._members > 1 else ""
        return "; ".join(filter(None, (self.not_lowered, one_by_one)))

    def __call__(
        self, parameters: Weights, inputs: Tensor, lengths: Tensor, shortest: int, wanted: Sequence[int]
    ) -> dict[int, Tensor]:
        """Outputs ``member batch hidden`` at each step of ``wanted``.

        ``inputs`` is ``time member batch feature``, ``lengths`` int64 ``member batch``, none below ``shortest``: a
        sequence that has ended keeps its state, so padding can neither change nor overflow it.
        """
        derived = self._step.derive(parameters)
        state = self._step.initial_state(parameters, inputs)
        outputs: dict[int, Tensor] = {}
        keep = set(wanted)
        for time in range(max(keep) + 1):
            output, new = self._step(parameters, derived, inputs[time], state)
            if time >= shortest:
                going = lengths > time
                new = tuple(
                    torch.where(going.view(*going.shape, *[1] * (after.dim() - 2)), after, before)
                    for after, before in zip(new, state, strict=True)
                )
            state = new
            if time in keep:
                outputs[time] = output
        return outputs
