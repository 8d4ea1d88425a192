"""The reference kernel: plain PyTorch operations over a tile of members, on any device."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from rnnbench.cell import Cell, State
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
        sequence that has ended keeps its state, so padding can neither change nor overflow it. What it gives after
        its end is nobody's answer: no gradient may come back from there.
        """
        outputs: dict[int, Tensor] = {}
        keep = set(wanted)
        for time, output, _ in self.steps(parameters, inputs[: max(keep) + 1], lengths, shortest):
            if time in keep:
                outputs[time] = output
        return outputs

    def steps(
        self,
        parameters: Weights,
        inputs: Tensor,
        lengths: Tensor,
        shortest: int,
        start: tuple[int, State] | None = None,
        *,
        apart: bool = False,
    ) -> Iterator[tuple[int, Tensor, State]]:
        """Number, output and new state of every step.

        ``start`` is another first step than 0 and the state before it. ``apart`` copies each part of a state, so that
        a gradient with respect to one part does not reach through another of the same step.
        """
        derived = self._step.derive(parameters)
        first, state = start if start is not None else (0, self._step.initial_state(parameters, inputs))
        for time in range(first, len(inputs)):
            output, new = self._step(parameters, derived, inputs[time], state)
            if time >= shortest:
                going = lengths > time
                new = tuple(
                    torch.where(going.view(*going.shape, *[1] * (after.dim() - 2)), after, before)
                    for after, before in zip(new, state, strict=True)
                )
            state = tuple(_apart(part) for part in new) if apart else new
            yield time, output, state


def _apart(part: Tensor) -> Tensor:
    """A copy that a gradient can be asked for, even where no weight has a say in it."""
    copy = part.clone()
    return copy if copy.requires_grad or not torch.is_grad_enabled() else copy.requires_grad_()
