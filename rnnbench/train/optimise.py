"""One optimiser's rule over a tile: per-member hyper-parameters, clipping, and members that fall out."""

import dataclasses
from collections.abc import Sequence

import torch
from torch import Tensor

from rnnbench.optimiser import Optimiser
from rnnbench.registry import OPTIMISERS
from rnnbench.trial import Trial

LOSS_LIMIT = 1e6
"""A member whose loss exceeds this many times its first has diverged."""
CAUSES = ("", "loss is not finite", f"loss exceeds {LOSS_LIMIT:.0e} times its first", "gradient is not finite",
          "parameter is not finite")  # fmt: skip


class TileOptimiser(torch.optim.Optimizer):
    """Steps the rows of one tensor ``member parameter``; a sick row stops and harms no other."""

    def __init__(self, flat: Tensor, trials: Sequence[Trial]) -> None:
        super().__init__([flat], {})
        self._flat, self._trials = flat, trials
        self._protocol = trials[0].protocol
        self._rule: Optimiser = OPTIMISERS[trials[0].optimiser.name](**trials[0].optimiser.parameters)
        self._slots = {name: torch.zeros_like(flat) for name in self._rule.slots}
        self._learning_rate = self._column([trial.protocol.learning_rate for trial in trials])
        self._threshold = self._column([trial.protocol.clip_threshold for trial in trials])
        self._hyper = {
            item.name: self._column([float(trial.optimiser.parameters[item.name]) for trial in trials])
            for item in dataclasses.fields(self._rule)
            if isinstance(getattr(self._rule, item.name), float)
        }
        self._first_loss: Tensor | None = None
        self.diverged_at = torch.zeros(len(flat), dtype=torch.int64, device=flat.device)
        """Per member: the update at which it fell out; 0 while it is well."""
        self.cause = torch.zeros_like(self.diverged_at)
        """Index into CAUSES."""

    @torch.no_grad()
    def advance(self, update: int, loss: Tensor) -> None:
        """Update ``update`` (from 1) from the gradients at hand; ``loss`` is ``member``, before the step."""
        flat, gradient = self._flat, self._flat.grad
        assert gradient is not None, "advance() comes after backward()"
        self._first_loss = loss.clone() if self._first_loss is None else self._first_loss
        rate = self._learning_rate * self._protocol.learning_rate_factor(update)
        clipped = self._clip(gradient)
        new = self._rule.update(flat, clipped, self._slots, update, {**self._hyper, "learning_rate": rate})
        cause = torch.where(new.isfinite().all(1), 0, 4)
        cause = torch.where(gradient.isfinite().all(1), cause, 3)
        cause = torch.where(loss > LOSS_LIMIT * self._first_loss, 2, cause)
        cause = torch.where(loss.isfinite(), cause, 1)
        newly = (self.diverged_at == 0) & (cause > 0)
        self.cause = torch.where(newly, cause, self.cause)
        self.diverged_at = torch.where(newly, update, self.diverged_at)
        flat.copy_(torch.where((self.diverged_at == 0).unsqueeze(1), new, flat))

    def _clip(self, gradient: Tensor) -> Tensor:
        if self._protocol.clip == "norm":
            norm = gradient.square().sum(1, keepdim=True).sqrt()
            return gradient * torch.clamp(self._threshold / norm.clamp(min=1e-30), max=1.0)
        if self._protocol.clip == "value":
            return torch.minimum(torch.maximum(gradient, -self._threshold), self._threshold)
        return gradient

    def _column(self, values: list[float]) -> Tensor:
        """Per-member values as ``member 1``; rows without a member get the first member's."""
        padded = values + [values[0]] * (len(self._flat) - len(values))
        return torch.tensor(padded, dtype=self._flat.dtype, device=self._flat.device).unsqueeze(1)
