"""One optimiser's rule over a tile: per-member hyper-parameters, clipping, and members that fall out."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rnnbench.optimiser import Optimiser
from rnnbench.recurrence.arguments import CLIPS, Model
from rnnbench.registry import OPTIMISERS
from rnnbench.trial import Trial

LOSS_LIMIT = 1e6
"""A member whose loss exceeds this many times its first has diverged."""
CAUSES = ("", "loss is not finite", f"loss exceeds {LOSS_LIMIT:.0e} times its first", "gradient is not finite",
          "parameter is not finite")  # fmt: skip


class TileOptimiser(torch.optim.Optimizer):
    """Steps the rows of one tensor ``member parameter``; a sick row stops and harms no other.

    The parameters ``fixed`` stay as they are, whatever a rule (weight decay, say) would do to them.
    """

    def __init__(self, flat: Tensor, trials: Sequence[Trial], fixed: Sequence[int] = ()) -> None:
        super().__init__([flat], {})
        self.flat, self._protocol = flat, trials[0].protocol
        self.rule: Optimiser = OPTIMISERS[trials[0].optimiser.name](**trials[0].optimiser.parameters)
        self._memory = torch.zeros(len(self.rule.slots), *flat.shape, dtype=flat.dtype, device=flat.device)
        self._slots = dict(zip(self.rule.slots, self._memory, strict=True))
        self._threshold = self._column([trial.protocol.clip_threshold for trial in trials])
        self.hyper = {"learning_rate": self._column([trial.protocol.learning_rate for trial in trials])} | {
            name: self._column([float(trial.optimiser.parameters[name]) for trial in trials])
            for name in self.rule.numbers
        }
        """Per-member numbers of the rule by name, each ``member 1``; the learning rate comes first."""
        self._first_loss = torch.zeros(len(flat), dtype=flat.dtype, device=flat.device)
        self.diverged_at = torch.zeros(len(flat), dtype=torch.int64, device=flat.device)
        """Per member: the update at which it fell out; 0 while it is well."""
        self.cause = torch.zeros_like(self.diverged_at)
        """Index into CAUSES."""
        self._fixed = torch.tensor(fixed, dtype=torch.int64, device=flat.device)

    @torch.no_grad()
    def advance(self, update: int, loss: Tensor) -> None:
        """Update ``update`` (from 1) from the gradients at hand; ``loss`` is ``member``, before the step."""
        flat, gradient = self.flat, self.flat.grad
        assert gradient is not None, "advance() comes after backward()"
        self._first_loss = loss.clone() if update == 1 else self._first_loss
        rate = self.hyper["learning_rate"] * self.factors(range(update, update + 1))[0]
        clipped = self._clip(gradient)
        new = self.rule.update(flat, clipped, self._slots, update, {**self.hyper, "learning_rate": rate})
        if len(self._fixed):
            new = new.index_copy(1, self._fixed, flat[:, self._fixed])
        cause = torch.where(new.isfinite().all(1), 0, 4)
        cause = torch.where(gradient.isfinite().all(1), cause, 3)
        cause = torch.where(loss > LOSS_LIMIT * self._first_loss, 2, cause)
        cause = torch.where(loss.isfinite(), cause, 1)
        newly = (self.diverged_at == 0) & (cause > 0)
        self.cause = torch.where(newly, cause, self.cause)
        self.diverged_at = torch.where(newly, update, self.diverged_at)
        flat.copy_(torch.where((self.diverged_at == 0).unsqueeze(1), new, flat))

    def factors(self, updates: range) -> list[float]:
        """What the schedule multiplies the learning rate with at each of ``updates``."""
        return self._protocol.learning_rate_factors(updates)

    def of_group(self, group: slice) -> Model:
        """The state of some members as arrays, for a fused update to read and write."""
        hyper = torch.cat([*self.hyper.values()], dim=1)[group]
        return Model(
            self.flat.detach().numpy()[group],
            self._memory.numpy()[:, group],
            hyper.numpy(),
            CLIPS[self._protocol.clip],
            self._threshold[group, 0].numpy(),
            self._first_loss.numpy()[group],
            self.diverged_at.numpy()[group],
            self.cause.numpy()[group],
            self._fixed.numpy(),
        )

    def _clip(self, gradient: Tensor) -> Tensor:
        if self._protocol.clip == "norm":
            norm = gradient.square().sum(1, keepdim=True).sqrt()
            return gradient * torch.clamp(self._threshold / norm.clamp(min=1e-30), max=1.0)
        if self._protocol.clip == "value":
            return torch.minimum(torch.maximum(gradient, -self._threshold), self._threshold)
        return gradient

    def _column(self, values: list[float]) -> Tensor:
        """Per-member values as ``member 1``; rows without a member get the first member's."""
        padded = values + [values[0]] * (len(self.flat) - len(values))
        return torch.tensor(padded, dtype=self.flat.dtype, device=self.flat.device).unsqueeze(1)
