"""From a cell's outputs to answers, loss and score: linear, per step, per member."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbench.recurrence.product import member_product
from rnnbench.recurrence.step import Weights
from rnnbench.task import Classes, Task
from rnnbench.train.feed import TileBatch

CLASSES_LISTED = 20
"""Accuracy by class is kept for tasks of up to this many classes."""


@dataclass(frozen=True)
class Tally:
    """Sums over scored positions, each ``member``; by class ``member class``."""

    loss: Tensor
    score: Tensor
    count: Tensor
    right: Tensor | None
    asked: Tensor | None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.loss + other.loss,
            self.score + other.score,
            self.count + other.count,
            _both(self.right, other.right),
            _both(self.asked, other.asked),
        )


def _both(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    return one if one is None or other is None else one + other


def loss_and_tally(
    task: Task, weights: Weights, outputs: dict[int, Tensor], batch: TileBatch, by_class: bool
) -> tuple[Tensor, Tally]:
    """Mean loss over scored positions for each ``member``, and the sums behind the metrics.

    Steps are added one after another in tensors of one shape, so that a member's rounding cannot depend on how many
    steps its neighbours score. Cross-entropy for classes, squared error for values; unscored positions are left out.
    """
    members, count = batch.scored.shape[1], int(task.answer.count) if isinstance(task.answer, Classes) else 0
    zero = torch.zeros(members, dtype=weights["readout"].dtype, device=batch.inputs.device)
    loss, score, asked_in_all = zero, zero, zero
    right = asked = (
        torch.zeros(members, count, device=zero.device) if by_class and 0 < count <= CLASSES_LISTED else None
    )
    for number, step in enumerate(batch.steps):
        scored, target = batch.scored[number], batch.targets[number]
        answer = member_product(outputs[step], weights["readout"]) + weights["readout_bias"].unsqueeze(1)
        each, hit = _classes(answer, target) if count else _values(answer, target)
        loss = loss + torch.where(scored, each, 0.0).sum(1)
        with torch.no_grad():
            score = score + torch.where(scored, hit, 0.0).sum(1)
            asked_in_all = asked_in_all + scored.sum(1)
            if right is not None and asked is not None:
                of_class = F.one_hot(target, count) * scored.unsqueeze(-1)
                asked = asked + of_class.sum(1)
                right = right + (of_class * hit.unsqueeze(-1)).sum(1)
    tally = Tally(loss.detach(), score, asked_in_all, right, asked)
    return loss / asked_in_all.clamp(min=1), tally


def _classes(answer: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy and whether the likeliest class is right, each ``member batch``; NaN answers are never right."""
    answer = answer.to(torch.promote_types(answer.dtype, torch.float32))
    each = -torch.log_softmax(answer, -1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    with torch.no_grad():
        hit = (answer.argmax(-1) == target) & answer.isfinite().all(-1)
    return each, hit.to(each.dtype)


def _values(answer: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Squared error twice: as the loss and as the score, ``member batch``."""
    each = (answer.to(target.dtype) - target).square().mean(-1)
    return each, each.detach()
