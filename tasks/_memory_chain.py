"""bsuite's memory chain: what ``memory_length`` and ``memory_size`` share."""

import numpy as np

from rnnbench.task import Array, Batch


def memory_chain(rng: np.random.Generator, batch: int, length: int, bits: int) -> Batch:
    """Observations ``batch time 2+bits``: share of the time left, query at the last step, context at the first."""
    context = rng.integers(0, 2, size=(batch, bits))
    query = rng.integers(0, bits, size=batch)
    inputs = np.zeros((batch, length, 2 + bits))
    inputs[..., 0] = 1.0 - np.arange(length) / length
    inputs[:, -1, 1] = query
    inputs[:, 0, 2:] = 2.0 * context - 1.0
    return Batch.at_end(inputs, context[np.arange(batch), query])


def queried_bit(inputs: Array) -> Array:
    """Whether the context shows +1 where the query points."""
    query = inputs[:, -1, 1].astype(np.int64)
    return np.asarray(inputs[np.arange(len(inputs)), 0, 2 + query] > 0)


def without_memory(length: int) -> float:
    """Accuracy of an answer that sees the last step only: with a single step, that is all there is."""
    return 1.0 if length == 1 else 0.5
