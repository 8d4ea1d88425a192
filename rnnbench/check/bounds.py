"""How far a measured share or mean may lie from the declared one."""

import math

import numpy as np

from rnnbench.task import Array

DEVIATIONS = 5.0
"""Standard errors: one honest check in two million fails."""
EXACT = 1e-9
"""A declared probability this near to 0 or 1 leaves no room for chance."""


def share_tolerance(right: Array, asked: Array, share: float) -> float:
    """How far the share of right answers may lie from ``share``; ``right`` and ``asked`` count a sequence's answers.

    The spread is taken over sequences, since answers within one may hang together.
    """
    total = float(asked.sum())
    if not EXACT < share < 1 - EXACT or not total:
        return EXACT
    spread = math.sqrt(float(((right - share * asked) ** 2).sum())) / total
    return DEVIATIONS * max(spread, math.sqrt(share * (1 - share) / total))


def mean_tolerance(errors: Array, asked: Array, mean: float) -> float:
    """How far a mean over scored positions may lie from ``mean``; ``errors`` are sums over a sequence's positions."""
    total = float(asked.sum())
    spread = math.sqrt(float(((errors - mean * asked) ** 2).sum())) / max(total, 1.0)
    return DEVIATIONS * spread + 1e-6 * (1 + abs(mean))


def by_sequence(values: Array, scored: Array) -> Array:
    """Sums over the scored positions of each sequence: ``batch time`` to ``batch``."""
    return np.asarray(np.where(scored, values, 0).sum(axis=1), dtype=np.float64)
