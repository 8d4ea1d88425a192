"""Where a gradient has vanished or exploded on its way back, model by model."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rnnbench.explain.gradients import Decay, Floats, fit_decay

VANISHED, EXPLODED = 1e-6, 1e3
"""A norm over the one next to the answer, beyond which a gradient has vanished or exploded."""
CAP = 1e300
"""Stands for what is larger, infinity included, where numbers are taken between others."""


@dataclass(frozen=True)
class Fade:
    """Norms of a gradient, none of them NaN; the last row is the step of the answer, where there is none yet."""

    norms: Floats
    """``time member``."""

    @property
    def members(self) -> int:
        """How many models."""
        return int(self.norms.shape[1])

    @property
    def distance(self) -> int:
        """Steps from the first state to the answer."""
        return len(self.norms) - 1

    @cached_property
    def decays(self) -> Floats:
        """What a step back multiplies the norm with, ``member``; NaN without a fit."""
        return np.array([fit_decay(column).per_step for column in self.norms.T])

    @property
    def per_step(self) -> float:
        """The median of those that have a fit; NaN if none has."""
        return self.quartiles[1]

    @cached_property
    def quartiles(self) -> tuple[float, float, float]:
        """Lower quartile, median and upper quartile of :attr:`decays`."""
        return quartiles(self.decays)

    @property
    def time_constant(self) -> float:
        """Steps in which the norm falls by e at :attr:`per_step`; negative where it grows, NaN without a fit."""
        return float(Decay(self.per_step).time_constant)

    @cached_property
    def left(self) -> Floats:
        """Norms over the one nearest the answer that is not nought, ``time member``; NaN where all are nought."""
        nearest = len(self.norms) - 1 - (self.norms[::-1] > 0).argmax(axis=0)
        base = np.take_along_axis(self.norms, nearest[None], axis=0)[0]
        usual = (base > 0) & np.isfinite(base)
        return np.where(usual, self.norms / np.where(usual, base, 1.0), np.where(base > 0, np.inf, np.nan))

    @property
    def arrives(self) -> Floats:
        """What is :attr:`left` at the first step, ``member``."""
        return np.asarray(self.left[0])

    @property
    def nought(self) -> NDArray[np.bool_]:
        """Members without any gradient."""
        return np.asarray((self.norms == 0).all(axis=0))

    def vanished(self) -> int:
        """Members whose gradient does not arrive at the first step, those without any included."""
        return int((~(self.arrives >= VANISHED)).sum())

    def exploded(self) -> int:
        """Members whose gradient arrives at the first step grown beyond measure."""
        return int((self.arrives > EXPLODED).sum())

    def vanished_after(self) -> Floats:
        """Steps before the answer at which it first falls below the bound, of each member with any that vanishes."""
        return self._first(self.left < VANISHED, self.arrives < VANISHED)

    def exploded_after(self) -> Floats:
        """Steps before the answer at which it first passes the bound, of each member in which it explodes."""
        return self._first(self.left > EXPLODED, self.arrives > EXPLODED)

    def of(self, chosen: NDArray[np.bool_]) -> "Fade":
        """Some of the members."""
        return Fade(self.norms[:, chosen])

    def _first(self, beyond: NDArray[np.bool_], members: NDArray[np.bool_]) -> Floats:
        # the answer's own step is nought by nature; what counts begins one step before it
        back = beyond[:-1][::-1].argmax(axis=0) + 1.0
        return np.asarray(back[members])


def quartiles(values: Floats) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile of those that are numbers, capped; NaN if none is."""
    values = values[~np.isnan(values)]
    if not len(values):
        return (float("nan"),) * 3
    low, middle, high = np.quantile(np.minimum(values, CAP), [0.25, 0.5, 0.75])
    return float(low), float(middle), float(high)
