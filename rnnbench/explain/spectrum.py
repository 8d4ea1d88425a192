"""Jacobians along real sequences: how a disturbance of the state grows or fades, step by step."""

from dataclasses import dataclass

import numpy as np
import torch

from rnnbench.explain.gradients import Floats
from rnnbench.explain.models import Models
from rnnbench.explain.state_map import StateMap
from rnnbench.train.encode import encode

SEQUENCES, STEPS = 16, 40


@dataclass(frozen=True)
class Spectrum:
    """Of ds'/ds, medians over sequences, at some steps."""

    steps: Floats
    radius: Floats
    """The largest modulus of an eigenvalue, at each of :attr:`steps`."""
    norm: Floats
    """The largest singular value."""
    moduli: Floats
    """Of all eigenvalues, sorted, median over steps and sequences."""

    @property
    def time_constants(self) -> Floats:
        """-1 / ln of each modulus: steps in which that direction fades by e; infinite where it does not."""
        fading = (self.moduli > 0) & (self.moduli < 1)
        safe = np.where(fading, self.moduli, 0.5)
        return np.asarray(np.where(fading, -1.0 / np.log(safe), np.where(self.moduli > 0, np.inf, 0.0)))


def spectrum(models: Models, member: int) -> Spectrum:
    """Of one member on the test stream. Steps after the end of a sequence are left out."""
    of = StateMap(models, member)
    inputs, states, steps = visited(models, member)
    found = [of.jacobians(states[step], inputs[step]) for step in steps]
    moduli = [np.sort(np.abs(np.linalg.eigvals(part)), axis=1)[:, ::-1] for part in found]
    norms = [np.linalg.norm(part, ord=2, axis=(1, 2)) for part in found]
    return Spectrum(
        steps.astype(float),
        np.array([np.median(part[:, 0]) for part in moduli]),
        np.array([np.median(part) for part in norms]),
        np.median(np.concatenate(moduli), axis=0),
    )


def visited(models: Models, member: int) -> tuple[Floats, Floats, "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """Inputs and the states before them, ``time sequence ...``, on the test stream, and some steps of it."""
    batch = models.batch(SEQUENCES)
    _, others = models.layout.cut(models.flat)
    with torch.no_grad():
        inputs = encode(models.task, batch.inputs, others.get("embedding"), torch.float64)[:, member].numpy()
        after = [torch.cat([part[member].flatten(1) for part in state], dim=1) for state in models.unroll(batch).states]
    start = StateMap(models, member).start
    states = np.stack([np.broadcast_to(start, after[0].shape), *(state.numpy() for state in after[:-1])])
    last = batch.shortest if batch.shortest > 1 else len(inputs)
    steps = np.unique(np.linspace(0, last - 1, min(STEPS, last)).round().astype(np.int64))
    return inputs, states, steps
