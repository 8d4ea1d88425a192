"""Cells over time in JAX, the loss at the last step, and two ways to its gradient."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from peers.jax_cells import SUMS, Array, Weights, step
from peers.jax_cells import product as times


@dataclass(frozen=True)
class Way:
    """How a cell is written in JAX; :meth:`gradient` is what a population trains with."""

    cell: str
    layout: str
    """``rows``; ``late``: rows, with weight gradients as one product after the loop over time; ``last``; or ``lanes``:
    last, weights repeated for every sequence and each step computed again on the way back."""
    unroll: int

    @property
    def last(self) -> bool:
        """Whether members stand last, in one program, or are mapped over."""
        return self.layout in ("last", "lanes")

    def logits(self, weights: Weights, inputs: Array, extra: Array = None) -> tuple[Array, Array]:
        """``batch class`` (or ``class batch member``) from ``time batch 1`` (or ``time batch member``).

        With ``extra`` also the states that each step began with, ``time batch hidden``.
        """
        hidden, batch = weights["readout"].shape[0], inputs.shape[1]
        zero = jnp.zeros((hidden, batch, weights["readout"].shape[2]) if self.last else (batch, hidden))
        start = (zero, zero) if self.cell == "lstm" else (zero,)

        def advance(state: Any, given: Any) -> Any:
            x, more = given if extra is not None else (given, None)
            return step(self.cell, self.last, weights, state, x, more), None if extra is None else state[0]

        over = inputs if extra is None else (inputs, extra)
        again = jax.checkpoint(advance, prevent_cse=False) if self.layout == "lanes" else advance
        end, begun = jax.lax.scan(again, start, over, unroll=self.unroll)
        return times(self.last, end[0], weights["readout"]) + weights["readout_bias"], begun

    def loss(self, weights: Weights, inputs: Array, classes: Array, extra: Array = None) -> tuple[Array, Array]:
        """Cross-entropy, mean over the batch, summed over members where they stand last; and the states."""
        axis = 0 if self.last else -1
        found, begun = self.logits(weights, inputs, extra)
        chosen = jax.nn.log_softmax(found, axis=axis) * jax.nn.one_hot(classes, 2, axis=axis)
        return -chosen.sum() / classes.shape[0], begun

    @property
    def gradient(self) -> Callable[[Weights, Array, Array], Weights]:
        """Of all members' weights from inputs and classes."""
        if self.layout == "late":
            return jax.vmap(self._late)  # type: ignore[no-any-return]
        if self.layout == "lanes":
            return jax.grad(self._lanes)  # type: ignore[no-any-return]
        plain = jax.grad(lambda *given: self.loss(*given)[0])
        return plain if self.last else jax.vmap(plain)  # type: ignore[no-any-return]

    def _late(self, weights: Weights, inputs: Array, classes: Array) -> Weights:
        """Gradients at the sums of every step, then products over time and batch together: no carry in the loop."""
        hidden = weights["readout"].shape[0]
        extra = jnp.zeros((*inputs.shape[:2], SUMS[self.cell] * hidden))
        fixed = jax.lax.stop_gradient(weights)
        own = {name: weights[name] for name in ("readout", "readout_bias", "reset_bias")}

        def of(own: Weights, extra: Array) -> tuple[Array, Array]:
            return self.loss(fixed | own, inputs, classes, extra)

        (found, sums), begun = jax.grad(of, argnums=(0, 1), has_aux=True)(own, extra)
        gates, parts = partial(jnp.concatenate, axis=-1), jnp.split(sums, SUMS[self.cell], axis=-1)
        at_inputs, at_state = (gates([*parts[:2], parts[k]]) for k in (2, 3)) if self.cell == "gru" else (sums, sums)
        kernel = jnp.einsum("tbg,tb->g", at_inputs, inputs[:, :, 0])
        recurrent = jnp.einsum("tbh,tbg->hg", begun, at_state)
        return found | {"kernel": kernel, "bias": at_inputs.sum((0, 1)), "recurrent": recurrent}  # type: ignore[no-any-return]

    def _lanes(self, weights: Weights, inputs: Array, classes: Array) -> Array:
        """The loss with every sequence a member of its own, so that loops run over batch and members as one axis."""
        batch, members = classes.shape
        lanes = batch * members
        wide = {
            name: jnp.broadcast_to(value[..., None, :], (*value.shape[:-1], batch, members)).reshape(
                *value.shape[:-1], lanes
            )
            for name, value in weights.items()
        }
        return self.loss(wide, inputs.reshape(-1, 1, lanes), classes.reshape(1, lanes))[0] / batch
