"""Linear recurrences over time, whose gradient is the same recurrence in reverse.

Automatic differentiation of a loop keeps the intermediate values of every step: for (32, 400, 128)
on a CPU, forwards and backwards, the loop with this gradient took 52 ms, autodiff of the same loop
109 ms and `keras.ops.associative_scan` 215 ms on TensorFlow; on JAX 29, 116 and 332 ms.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from rnnkit.backend.device import current


def linear_recurrence(decay: Any, inflow: Any, start: Any) -> Any:
    """h_t = decay_t h_{t-1} + inflow_t, elementwise.

    If g_t is the gradient with respect to h_t alone, the total one, through later steps as well, is
    G_t = decay_{t+1} G_{t+1} + g_t. That of inflow_t is G_t, of decay_t G_t h_{t-1}, of the start
    decay_1 G_1.

    Args:
        decay: (batch, timesteps, units).
        inflow: (batch, timesteps, units).
        start: h_0, (batch, units).

    Returns:
        Every h_t, (batch, timesteps, units).
    """
    return (_in_jax() if current() == "jax" else _in_tensorflow())(decay, inflow, start)


@cache
def _in_jax() -> Any:
    import jax
    from jax import numpy as jnp

    def loop(decay: Any, inflow: Any, start: Any, *, reverse: bool = False) -> Any:
        def step(h: Any, coefficients: Any) -> Any:
            h = coefficients[0] * h + coefficients[1]
            return h, h

        time_first = (jnp.swapaxes(decay, 0, 1), jnp.swapaxes(inflow, 0, 1))
        return jnp.swapaxes(jax.lax.scan(step, start, time_first, reverse=reverse)[1], 0, 1)

    @jax.custom_jvp
    def recurrence(decay: Any, inflow: Any, start: Any) -> Any:
        return loop(decay, inflow, start)

    @recurrence.defjvp
    def tangent(primals: Any, tangents: Any) -> Any:
        decay, _, start = primals
        states = recurrence(*primals)
        before = jnp.concatenate([start[:, None], states[:, :-1]], axis=1)
        of_decay, of_inflow, of_start = tangents
        return states, recurrence(decay, of_decay * before + of_inflow, of_start)

    return recurrence


@cache
def _in_tensorflow() -> Any:
    import tensorflow as tf

    def loop(decay: Any, inflow: Any, start: Any, *, reverse: bool = False) -> Any:
        steps = tf.shape(decay)[1]
        decays, inflows = (
            tf.TensorArray(array.dtype, steps).unstack(tf.transpose(array, (1, 0, 2)))
            for array in (decay, inflow)
        )

        def step(index: Any, h: Any, states: Any) -> Any:
            at = steps - 1 - index if reverse else index
            h = decays.read(at) * h + inflows.read(at)
            return index + 1, h, states.write(at, h)

        _, _, states = tf.while_loop(
            lambda index, h, states: index < steps,
            step,
            (0, start, tf.TensorArray(decay.dtype, steps)),
        )
        return tf.ensure_shape(tf.transpose(states.stack(), (1, 0, 2)), decay.shape)

    @tf.custom_gradient
    def recurrence(decay: Any, inflow: Any, start: Any) -> Any:
        states = loop(decay, inflow, start)

        def backward(gradient: Any) -> Any:
            later = tf.concat([decay[:, 1:], tf.zeros_like(decay[:, :1])], axis=1)
            total = loop(later, gradient, tf.zeros_like(start), reverse=True)
            before = tf.concat([start[:, None], states[:, :-1]], axis=1)
            return total * before, total, decay[:, 0] * total[:, 0]

        return states, backward

    return recurrence
