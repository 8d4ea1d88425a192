"""JAX: a population in one program, an epoch in one call."""

import time
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from peers.jax_cells import Array, Weights, draw_weights, loss
from peers.setting import Prepared, Setting, draw_data, draw_order

UNROLLS = (1, 2, 4, 8, 16)
SLOWER = 1.15
"""Longer unrolling is tried until it is this much slower than the best so far."""
TRIAL_UPDATES = 30
WRITTEN_OUT = 16
"""Units up to which a product is written out as a sum."""


class Population:
    """``setting.members`` models; :meth:`train` is one compiled call over all updates of an order."""

    def __init__(self, setting: Setting, layout: str, unroll: int) -> None:
        self._last = layout == "last"
        self._adam = optax.adam(setting.learning_rate)
        one = partial(loss, setting.cell, layout, unroll)
        self._gradient = jax.grad(one) if self._last else jax.vmap(jax.grad(one))
        keys = jax.random.split(jax.random.key(0), setting.members)
        drawn = jax.vmap(partial(draw_weights, setting.cell, setting.hidden))(keys)
        self.weights: Weights = jax.tree.map(lambda a: jnp.moveaxis(a, 0, -1), drawn) if self._last else drawn
        self._slots = self._adam.init(self.weights)
        self._compiled = jax.jit(self._epoch, donate_argnums=(0, 1))

    def train(self, inputs: Array, classes: Array, order: NDArray[np.int32]) -> None:
        """Updates for each of ``order``, ``update member batch``, from ``inputs`` ``sequence time``."""
        rows = jnp.asarray(order.swapaxes(1, 2) if self._last else order)
        self.weights, self._slots = self._compiled(self.weights, self._slots, inputs, classes, rows)
        jax.block_until_ready(self.weights)

    def _epoch(self, weights: Weights, slots: Any, inputs: Array, classes: Array, order: Array) -> Any:
        def update(carry: Any, rows: Array) -> Any:
            weights, slots = carry
            x = jnp.moveaxis(inputs[rows], 2, 0 if self._last else 1)
            change, slots = self._adam.update(self._gradient(weights, x, classes[rows]), slots, weights)
            return (optax.apply_updates(weights, change), slots), None

        return jax.lax.scan(update, (weights, slots), order)[0]


def prepare(setting: Setting) -> Prepared:
    """The fastest of the layouts and unrollings."""
    inputs, classes = (jnp.asarray(array) for array in draw_data(setting.length))
    order = draw_order(setting)
    layout, unroll = _fastest(setting, inputs, classes, order[:TRIAL_UPDATES])
    population = Population(setting, layout, unroll)
    population.train(inputs, classes, order)
    told = f"layout {layout}, unroll {unroll}"
    return Prepared(lambda: population.train(inputs, classes, order), setting.stretch, setting.members, told)


def _fastest(setting: Setting, inputs: Array, classes: Array, order: NDArray[np.int32]) -> tuple[str, int]:
    seconds: dict[tuple[str, int], float] = {}
    for layout in ("vmap", "last") if setting.hidden <= WRITTEN_OUT else ("vmap",):
        for unroll in UNROLLS:
            population = Population(setting, layout, unroll)
            population.train(inputs, classes, order)
            times = []
            for _ in range(3):
                started = time.perf_counter()
                population.train(inputs, classes, order)
                times.append(time.perf_counter() - started)
            seconds[layout, unroll] = min(times)
            if min(times) > SLOWER * min(seconds.values()):
                break
    return min(seconds, key=lambda key: seconds[key])
