"""What tasks of recall share: draws without replacement, first sights, and the oracle that looks pairs up."""

import numpy as np

from rnnbench.task import Array


def distinct(rng: np.random.Generator, batch: int, count: int, below: int) -> Array:
    """``batch count``: different integers under ``below`` in each row, every ordered choice as likely (Floyd 1987)."""
    chosen = np.empty((batch, count), dtype=np.int64)
    for place, last in enumerate(range(below - count, below)):
        drawn = rng.integers(0, last, size=batch, endpoint=True)
        taken = (chosen[:, :place] == drawn[:, None]).any(axis=1)
        chosen[:, place] = np.where(taken, last, drawn)
    return np.asarray(rng.permuted(chosen, axis=1))


def first_sight(items: Array) -> Array:
    """``batch place``: the place at which each item of its row was first seen."""
    order = np.argsort(items, axis=1, kind="stable")
    ordered = np.take_along_axis(items, order, axis=1)
    starts = np.zeros_like(order)
    starts[:, 1:] = np.where(ordered[:, 1:] != ordered[:, :-1], np.arange(1, items.shape[1]), 0)
    firsts = np.empty_like(order)
    np.put_along_axis(firsts, order, np.take_along_axis(order, np.maximum.accumulate(starts, axis=1), axis=1), axis=1)
    return firsts


def pick(rng: np.random.Generator, allowed: Array) -> Array:
    """``batch``: one of the places ``allowed`` (bool ``batch place``) in each row, each as likely."""
    return np.asarray(np.argmax((1.0 + rng.random(allowed.shape)) * allowed, axis=1))


def recalled(tokens: Array, cues: Array, told: Array) -> Array:
    """``batch time``: the token that last came, among the steps ``told``, straight after the cue of this step.

    All three are ``batch time`` (``told`` may be broadcast); 0 where the cue was never answered.
    """
    told = np.broadcast_to(told, tokens.shape)
    answers = np.zeros_like(tokens)
    for step in np.flatnonzero(told.any(axis=0)):
        again = told[:, step, None] & (cues[:, step:] == cues[:, step - 1, None])
        answers[:, step:] = np.where(again, tokens[:, step, None], answers[:, step:])
    return answers
