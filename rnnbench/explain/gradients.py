"""How the loss's gradient fades or grows on its way back through time (Bengio et al. 1994, Sec. IV)."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import theilslopes

from rnnbench.explain.models import Models

Floats = NDArray[np.float64]
SEQUENCES = 64
SMALLEST = np.finfo(np.float64).tiny
"""What is smaller has lost its digits; a fit does not look at it."""


@dataclass(frozen=True)
class Decay:
    """A geometric law fitted to norms of gradients against distance from the end."""

    per_step: float
    """What a step back multiplies the norm with: below 1 it vanishes, above it explodes; NaN without a fit."""

    @property
    def time_constant(self) -> float:
        """Steps in which the norm falls by e; negative where it grows, infinite where it stays."""
        return -1.0 / np.log(self.per_step) if self.per_step != 1.0 else np.inf


def state_gradients(models: Models, sequences: int = SEQUENCES) -> Floats:
    """Norm of d(loss of a sequence)/d(state after step t), ``time member``.

    The median over ``sequences`` of the test stream; the norm is over all numbers of the state. The answer is read from
    the output, not from the state, so the last step's norm is nought, as are those after a sequence's end.
    """
    batch = models.batch(sequences)
    unrolled = models.unroll(batch, models.flat.clone().requires_grad_())
    states = unrolled.states
    parts = [part for state in states for part in state if part.requires_grad]
    found = dict(zip(map(id, parts), torch.autograd.grad(unrolled.loss.sum(), parts, allow_unused=True), strict=True))
    norms = [_norm([found.get(id(part)) for part in state], state[0].shape[:2]) for state in states]
    return np.asarray(np.median(torch.stack(norms).numpy() * batch.scored.shape[2], axis=2))


def _norm(gradients: list[torch.Tensor | None], shape: torch.Size) -> torch.Tensor:
    squares = [gradient.flatten(2).square().sum(2) for gradient in gradients if gradient is not None]
    return sum(squares, torch.zeros(shape, dtype=torch.float64)).sqrt()


def fit_decay(norms: Floats) -> Decay:
    """The median slope of ln(norm) between pairs of steps (Theil-Sen); ``norms`` is ``time``."""
    steps = np.flatnonzero(norms > SMALLEST)
    if len(steps) < 2:
        return Decay(float("nan"))
    back = len(norms) - 1 - steps
    return Decay(float(np.exp(theilslopes(np.log(norms[steps]), back).slope)))
