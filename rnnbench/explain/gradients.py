"""How the loss's gradient fades or grows on its way back through time (Bengio et al. 1994, Sec. IV)."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import theilslopes

from rnnbench.explain.models import Models
from rnnbench.train.feed import TileBatch

Floats = NDArray[np.float64]
SEQUENCES = 64
SMALLEST = np.finfo(np.float64).tiny
"""What is smaller has lost its digits; a fit does not look at it."""
FITTED = 300
"""Steps that a fit looks at, at most: it compares all pairs of them."""


@dataclass(frozen=True)
class Decay:
    """A geometric law fitted to norms of gradients against distance from the end."""

    per_step: float
    """What a step back multiplies the norm with: below 1 it vanishes, above it explodes; NaN without a fit."""

    @property
    def time_constant(self) -> float:
        """Steps in which the norm falls by e; negative where it grows, infinite where it stays."""
        return -1.0 / np.log(self.per_step) if self.per_step != 1.0 else np.inf


@dataclass(frozen=True)
class Norms:
    """Norms of d(loss of a sequence)/d(state), medians over sequences; the last row is the step of its last answer.

    A gradient that is not a number in any sequence makes its whole member NaN.
    """

    state: Floats
    """Over all numbers of the state, ``time member``."""
    parts: Floats
    """Over one part of the state, the others at that step held, ``part time member``."""
    answers: int
    """How many answers a sequence wants, at most."""


def state_gradients(models: Models, sequences: int = SEQUENCES) -> Floats:
    """Norm of d(loss of a sequence)/d(state after step t), ``time member``.

    The median over ``sequences`` of the test stream; the norm is over all numbers of the state. The answer is read from
    the output, not from the state, so the last step's norm is nought, as are those after a sequence's end.
    """
    batch = models.batch(sequences)
    asked = batch.scored.any(dim=0).numpy()
    return _medians(_together(_norms(models, batch)), np.broadcast_to(asked, (len(batch.inputs), *asked.shape)))


def gradients_before_answer(models: Models, sequences: int = SEQUENCES, *, every: bool = False) -> Norms:
    """The same counted back from each sequence's last answer, whose loss alone is looked at unless ``every`` is.

    Where sequences differ in length, as far back as half of them go.
    """
    batch = models.batch(sequences)
    steps = torch.tensor(batch.steps)[:, None, None]
    last = torch.where(batch.scored, steps, -1).amax(dim=0)
    answers = int(batch.scored.sum(dim=0).max())
    if not every:
        batch = replace(batch, scored=batch.scored & (steps == last))
    back = np.arange(int(last.max()), -1, -1)[:, None, None]
    places = last.numpy() - back
    there = places >= 0
    reached = 2 * there.sum(axis=(1, 2)) >= (last >= 0).sum().item()
    places, there = np.maximum(places[reached], 0), there[reached]
    parts = np.take_along_axis(_norms(models, batch), places[None], axis=1)
    each = np.stack([_medians(part, there) for part in parts])
    return Norms(_medians(_together(parts), there), each, answers)


def _norms(models: Models, batch: TileBatch) -> Floats:
    """Of each part of the state, ``part time member sequence``."""
    unrolled = models.unroll(batch, models.flat.clone().requires_grad_())
    wanted = [part for state in unrolled.states for part in state if part.requires_grad]
    gradients = torch.autograd.grad(unrolled.loss.sum(), wanted, allow_unused=True)
    found = dict(zip(map(id, wanted), gradients, strict=True))
    shape = batch.scored.shape[1:]
    each = [torch.stack([_norm(found.get(id(part)), shape) for part in state]) for state in unrolled.states]
    own = batch.scored.sum(dim=0)
    # the loss is a mean over all answers of a member; wanted is that over the answers of a sequence
    return np.asarray((torch.stack(each, dim=1) * (own.sum(dim=1, keepdim=True) / own.clamp(min=1))).numpy())


def _norm(gradient: torch.Tensor | None, shape: torch.Size) -> torch.Tensor:
    """``member sequence``; scaled, since squares of what is still a number may be none."""
    if gradient is None:
        return torch.zeros(shape, dtype=torch.float64)
    flat = gradient.flatten(2)
    peak = flat.abs().amax(dim=2)
    scale = torch.where((peak > 0) & peak.isfinite(), peak, 1.0)
    return (flat / scale.unsqueeze(2)).square().sum(dim=2).sqrt() * scale


def _together(parts: Floats) -> Floats:
    return np.asarray(np.hypot.reduce(parts, axis=0))


def _medians(norms: Floats, there: NDArray[np.bool_]) -> Floats:
    """Over the sequences that are ``there`` (both ``time member sequence``); nought where none is."""
    broken = (np.isnan(norms) & there).any(axis=(0, 2))
    ordered = np.sort(np.where(there, norms, np.inf), axis=2)
    count = there.sum(axis=2, keepdims=True)
    middle = [np.take_along_axis(ordered, np.maximum(place, 0), axis=2) for place in ((count - 1) // 2, count // 2)]
    medians = np.where(count > 0, (middle[0] + middle[1]) / 2, 0.0)[:, :, 0]
    return np.asarray(np.where(broken, np.nan, medians))


def fit_decay(norms: Floats) -> Decay:
    """The median slope of ln(norm) between pairs of steps (Theil-Sen); ``norms`` is ``time``."""
    steps = np.flatnonzero((norms > SMALLEST) & np.isfinite(norms))
    if len(steps) < 2:
        return Decay(float("nan"))
    if len(steps) > FITTED:
        steps = steps[np.linspace(0, len(steps) - 1, FITTED).round().astype(int)]
    back = len(norms) - 1 - steps
    return Decay(float(np.exp(theilslopes(np.log(norms[steps]), back).slope)))
