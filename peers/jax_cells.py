"""The three cells over time in JAX, written once for two layouts of a population.

``vmap``: one model with values ``feature batch``, its gradient mapped over members in front. ``last``: values
``feature batch member``, so that the loops XLA makes run along members. Which is faster depends on the size.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

Array = Any
"""An array of JAX, which rnnbench's own environment need not have."""
Weights = dict[str, Array]
GATES = {"srnn": 1, "lstm": 4, "gru": 3}


def draw_weights(cell: str, hidden: int, key: Array) -> Weights:
    """One model's weights, all gates in one matrix: one product a step."""
    keys, rows, bound = jax.random.split(key, 3), GATES[cell] * hidden, hidden**-0.5
    uniform = partial(jax.random.uniform, minval=-bound, maxval=bound)
    return {
        "kernel": uniform(keys[0], (rows, 1)),
        "recurrent": uniform(keys[1], (rows, hidden)),
        "bias": jnp.zeros((rows, 1)),
        "reset_bias": jnp.zeros((hidden, 1)),
        "readout": uniform(keys[2], (2, hidden)),
        "readout_bias": jnp.zeros((2, 1)),
    }


def product(layout: str, matrix: Array, vector: Array) -> Array:
    """``out in`` times ``in batch``; in layout ``last`` as a sum over ``in`` of rows as long as batch and members."""
    if layout == "vmap":
        return matrix @ vector
    return sum((matrix[:, k, None] * vector[k] for k in range(1, len(vector))), matrix[:, 0, None] * vector[0])


def step(cell: str, times: Callable[[Array, Array], Array], weights: Weights, state: Any, x: Array) -> Any:
    """One step of ``cell``."""
    hidden = state[0]
    a = weights["kernel"] * x + weights["bias"]
    b = times(weights["recurrent"], hidden)
    if cell == "srnn":
        return (jnp.tanh(a + b),)
    if cell == "lstm":
        i, f, z, o = jnp.split(a + b, 4)
        c = jax.nn.sigmoid(f) * state[1] + jax.nn.sigmoid(i) * jnp.tanh(z)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c
    size = len(hidden)
    r, z = jnp.split(jax.nn.sigmoid(a[: 2 * size] + b[: 2 * size]), 2)
    n = jnp.tanh(a[2 * size :] + r * (b[2 * size :] + weights["reset_bias"]))
    return (n + z * (hidden - n),)


def logits(cell: str, layout: str, unroll: int, weights: Weights, inputs: Array) -> Array:
    """``time batch`` (or ``time batch member``) to ``class batch`` (or ``class batch member``)."""
    times = partial(product, layout)
    members = weights["bias"].shape[2:]
    zero = jnp.zeros((weights["readout"].shape[1], inputs.shape[1], *members))
    start = (zero, zero) if cell == "lstm" else (zero,)
    end, _ = jax.lax.scan(lambda s, x: (step(cell, times, weights, s, x), None), start, inputs, unroll=unroll)
    return times(weights["readout"], end[0]) + weights["readout_bias"]


def loss(cell: str, layout: str, unroll: int, weights: Weights, inputs: Array, classes: Array) -> Array:
    """Cross-entropy, mean over the batch, summed over members."""
    chosen = jax.nn.log_softmax(logits(cell, layout, unroll, weights, inputs), axis=0)
    return -(chosen * jax.nn.one_hot(classes, 2, axis=0)).sum() / classes.shape[0]
