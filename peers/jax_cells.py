"""The three cells in JAX, one step, written once for two layouts of a population.

``rows``: one model with values ``batch feature``, mapped over members in front. ``last``: values ``feature batch
member``, so that the loops XLA makes run along members. Which is faster depends on the size.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

Array = Any
"""An array of JAX, which rnnbench's own environment need not have."""
Weights = dict[str, Array]
GATES = {"srnn": 1, "lstm": 4, "gru": 3}
SUMS = {"srnn": 1, "lstm": 4, "gru": 4}
"""Sums that a step forms before its functions: the candidate of a GRU has one of inputs and one of the state."""


def draw_weights(cell: str, hidden: int, key: Array) -> Weights:
    """One model's weights, all gates in one matrix: one product a step."""
    keys, columns, bound = jax.random.split(key, 3), GATES[cell] * hidden, hidden**-0.5
    uniform = partial(jax.random.uniform, minval=-bound, maxval=bound)
    return {
        "kernel": uniform(keys[0], (columns,)),
        "recurrent": uniform(keys[1], (hidden, columns)),
        "bias": jnp.zeros(columns),
        "reset_bias": jnp.zeros(hidden),
        "readout": uniform(keys[2], (hidden, 2)),
        "readout_bias": jnp.zeros(2),
    }


def members_last(weights: Weights) -> Weights:
    """From ``member ...`` to ``... member``, vectors with an axis for the batch."""
    moved = {name: jnp.moveaxis(value, 0, -1) for name, value in weights.items()}
    return {name: value[:, None] if value.ndim == 2 else value for name, value in moved.items()}


def product(last: bool, vector: Array, matrix: Array) -> Array:
    """``batch in`` times ``in out``; with members last a sum over ``in`` of rows as long as batch and members."""
    if not last:
        return vector @ matrix
    return sum((vector[k] * matrix[k, :, None] for k in range(1, len(vector))), vector[0] * matrix[0, :, None])


def step(cell: str, last: bool, weights: Weights, state: Sequence[Array], x: Array, extra: Array) -> Sequence[Array]:
    """One step of ``cell``; ``extra`` (zeros or None) is added to the SUMS: gradients are taken there."""
    split, hidden = partial(jnp.split, axis=0 if last else -1), state[0]
    a = weights["kernel"] * x + weights["bias"]
    b = product(last, hidden, weights["recurrent"])
    if cell == "gru":
        er, ez, ea, eb = (0.0,) * 4 if extra is None else split(extra, 4)
        (ar, az, an), (br, bz, bn) = split(a, 3), split(b, 3)
        r, z = jax.nn.sigmoid(ar + br + er), jax.nn.sigmoid(az + bz + ez)
        n = jnp.tanh(an + ea + r * (bn + eb + weights["reset_bias"]))
        return (n + z * (hidden - n),)
    total = a + b if extra is None else a + b + extra
    if cell == "srnn":
        return (jnp.tanh(total),)
    i, f, z, o = split(total, 4)
    c = jax.nn.sigmoid(f) * state[1] + jax.nn.sigmoid(i) * jnp.tanh(z)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c
