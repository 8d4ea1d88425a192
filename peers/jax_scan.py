"""JAX: a population in one program, an epoch in one call."""

import time
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from peers.jax_cells import Array, Weights, draw_weights, members_last
from peers.jax_loss import Way
from peers.setting import Prepared, Setting, draw_data, draw_order, draw_orders

LAYOUTS = ("rows", "late", "last", "lanes")
UNROLLS = (1, 2, 4, 8, 16)
SLOWER = 1.15
"""Longer unrolling is tried until it is this much slower than the best so far."""
HOPELESS = 3.0
"""A layout this much slower than the best is not unrolled."""
TRIAL_UPDATES = 30
WRITTEN_OUT = 16
"""Units up to which a product may be written out as a sum, as the last two layouts do."""


class Population:
    """``setting.members`` models; :meth:`train` is one compiled call over all updates of an order."""

    def __init__(self, setting: Setting, way: Way) -> None:
        self._last, self._gradient = way.last, way.gradient
        self._adam = optax.adam(setting.learning_rate)
        keys = jax.random.split(jax.random.key(0), setting.members)
        drawn = jax.vmap(partial(draw_weights, setting.cell, setting.hidden))(keys)
        self.weights: Weights = members_last(drawn) if self._last else drawn
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
            x = jnp.moveaxis(inputs[rows], 2, 0) if self._last else jnp.swapaxes(inputs[rows], 1, 2)[..., None]
            change, slots = self._adam.update(self._gradient(weights, x, classes[rows]), slots, weights)
            return (optax.apply_updates(weights, change), slots), None

        return jax.lax.scan(update, (weights, slots), order)[0]


def prepare(setting: Setting) -> Prepared:
    """The fastest of the layouts and unrollings."""
    inputs, classes = (jnp.asarray(array) for array in draw_data(setting.length))
    order = draw_order(setting)
    way = _fastest(setting, inputs, classes, order[:TRIAL_UPDATES])
    population = Population(setting, way)
    population.train(inputs, classes, order)
    told, orders = f"layout {way.layout}, unroll {way.unroll}", draw_orders(setting)
    return Prepared(lambda: population.train(inputs, classes, next(orders)), setting.stretch, setting.members, told)


def _fastest(setting: Setting, inputs: Array, classes: Array, order: NDArray[np.int32]) -> Way:
    seconds: dict[Way, float] = {}
    for layout in LAYOUTS if setting.hidden <= WRITTEN_OUT else LAYOUTS[:2]:
        own = []
        for unroll in UNROLLS:
            way = Way(setting.cell, layout, unroll)
            own.append(_seconds(Population(setting, way), inputs, classes, order))
            seconds[way] = own[-1]
            if own[-1] > SLOWER * min(own) or own[-1] > HOPELESS * min(seconds.values()):
                break
    return min(seconds, key=lambda way: seconds[way])


def _seconds(population: Population, inputs: Array, classes: Array, order: NDArray[np.int32]) -> float:
    """The least of three, in processor time: a busy machine must not choose a slow way."""
    population.train(inputs, classes, order)
    times = []
    for _ in range(3):
        started = time.process_time()
        population.train(inputs, classes, order)
        times.append(time.process_time() - started)
    return min(times)
