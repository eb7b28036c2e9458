"""Ways to compute a recurrent layer on JAX, forwards and backwards: keras' own with cuDNN and
without, and a scan with a gradient written by hand, which no training uses.

    KERAS_BACKEND=jax python scripts/recurrences.py CELL BATCH TIMESTEPS FEATURES UNITS

The gradient's loop has the product with the recurrent weights alone; what its factors need is
computed for all steps before it, and the gradients of weights and inputs are one product each
after it. On a CPU that pays for wide layers alone (docs/results.md), and there compiled kernels
compute these layers; `scripts/gpu_check.sh` times it on a GPU.

It prints one JSON: milliseconds of a call on the clock and of all processors, the median of calls
in turn; seconds to compile; and the largest difference from keras' gradients, as a part of the
largest of each.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

Array = Any
State = tuple[Array, ...]
Way = Callable[[Array, Array, Array, Array, State], tuple[Array, State]]
"""Inputs (batch, timesteps, features), kernel, recurrent kernel, bias and first state to every
step's outputs (batch, timesteps, units) and the last state."""

ROUNDS = 7


class LSTM:
    """See rnnkit.cells.lstm, as the others; of a step `kept` is what its gradient needs."""

    blocks, states = 4, 2

    def step(self, x: Array, product: Array, state: State) -> tuple[State, State]:
        i, f, g, o = jnp.split(x + product, 4, axis=-1)
        i, f, o, g = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jax.nn.sigmoid(o), jnp.tanh(g)
        c = f * state[1] + i * g
        return (o * jnp.tanh(c), c), (i, f, g, o, c)

    def factors(self, kept: State, before: Array, first: State) -> State:
        """Of all steps: what a step's gradients are multiplied by."""
        i, f, g, o, c = kept
        squashed, c_before = jnp.tanh(c), jnp.concatenate([first[1][None], c[:-1]])
        of_gates = (g * i * (1 - i), c_before * f * (1 - f), i * (1 - g * g))
        of_output = squashed * o * (1 - o)
        return jnp.concatenate([*of_gates, of_output], -1), o * (1 - squashed * squashed), f

    def back(self, dh: Array, others: State, factors: State) -> tuple[Array, Array, State]:
        """Of one step: the gradient of the product, that of h beside it, that of the others."""
        by_gate, by_output, forget = factors
        dc = others[0] + dh * by_output
        return jnp.concatenate([dc, dc, dc, dh], -1) * by_gate, 0.0, (dc * forget,)

    def of_inputs(self, of_products: Array, of_h: Array, factors: State) -> Array:
        """Of all steps: the gradient of the projected inputs, by that of the products."""
        return of_products


class SimpleRNN(LSTM):
    blocks, states = 1, 1

    def step(self, x: Array, product: Array, state: State) -> tuple[State, State]:
        h = jnp.tanh(x + product)
        return (h,), (h,)

    def factors(self, kept: State, before: Array, first: State) -> State:
        return (1 - kept[0] * kept[0],)

    def back(self, dh: Array, others: State, factors: State) -> tuple[Array, Array, State]:
        return dh * factors[0], 0.0, ()


class GRU(LSTM):
    blocks, states = 3, 1

    def step(self, x: Array, product: Array, state: State) -> tuple[State, State]:
        (x_z, x_r, x_h), (h_z, h_r, h_h) = (jnp.split(part, 3, axis=-1) for part in (x, product))
        z, r = jax.nn.sigmoid(x_z + h_z), jax.nn.sigmoid(x_r + h_r)
        candidate = jnp.tanh(x_h + r * h_h)
        return (z * state[0] + (1 - z) * candidate,), (z, r, candidate, h_h)

    def factors(self, kept: State, before: Array, first: State) -> State:
        z, r, candidate, h_h = kept
        of_candidate = (1 - z) * (1 - candidate * candidate)
        of_z, of_r = (before - candidate) * z * (1 - z), of_candidate * h_h * r * (1 - r)
        return jnp.concatenate([of_z, of_r, of_candidate * r], -1), z, of_candidate

    def back(self, dh: Array, others: State, factors: State) -> tuple[Array, Array, State]:
        return jnp.concatenate([dh, dh, dh], -1) * factors[0], dh * factors[1], ()

    def of_inputs(self, of_products: Array, of_h: Array, factors: State) -> Array:
        of_gates = of_products[..., : 2 * of_h.shape[-1]]
        return jnp.concatenate([of_gates, of_h * factors[2]], -1)


CELLS: dict[str, LSTM] = {"lstm": LSTM(), "gru": GRU(), "simple_rnn": SimpleRNN()}


def by_hand(name: str, unroll: int) -> Way:
    """A scan whose gradient is written by hand, so many steps to an iteration of the loop."""
    cell = CELLS[name]

    def loop(x: Array, recurrent: Array, bias: Array, first: State) -> tuple[State, State]:
        def step(state: State, x: Array) -> tuple[State, State]:
            state, kept = cell.step(x, state[0] @ recurrent + bias, state)
            return state, (state[0], *kept)

        last, kept = jax.lax.scan(step, first, x, unroll=unroll)
        return last, kept

    def forward(x: Array, recurrent: Array, bias: Array, first: State) -> Any:
        last, (outputs, *kept) = loop(x, recurrent, bias, first)
        return (outputs, last), (kept, outputs, recurrent, first)

    def backward(residuals: Any, gradients: Any) -> Any:
        kept, outputs, recurrent, first = residuals
        of_outputs, of_last = gradients
        before = jnp.concatenate([first[0][None], outputs[:-1]])
        factors = cell.factors(tuple(kept), before, first)

        def step(later: State, at: Any) -> tuple[State, State]:
            of_output, own = at
            dh = later[0] + of_output
            of_product, beside, others = cell.back(dh, later[1:], own)
            return (of_product @ recurrent.T + beside, *others), (of_product, dh)

        of_first, (of_products, of_h) = jax.lax.scan(
            step, of_last, (of_outputs, factors), reverse=True, unroll=unroll
        )
        flat = of_products.reshape(-1, of_products.shape[-1])
        of_recurrent = before.reshape(-1, before.shape[-1]).T @ flat
        of_x = cell.of_inputs(of_products, of_h, factors)
        return of_x, of_recurrent, flat.sum(0), of_first

    @jax.custom_vjp
    def recurrence(x: Array, recurrent: Array, bias: Array, first: State) -> Any:
        last, (outputs, *_) = loop(x, recurrent, bias, first)
        return outputs, last

    recurrence.defvjp(forward, backward)

    def way(inputs: Array, kernel: Array, recurrent: Array, bias: Array, first: State) -> Any:
        of_inputs, of_products = bias if bias.ndim == 2 else (bias, jnp.zeros_like(bias))
        projected = jnp.swapaxes(inputs, 0, 1) @ kernel + of_inputs
        outputs, last = recurrence(projected, recurrent, of_products, tuple(first))
        return jnp.swapaxes(outputs, 0, 1), last

    return way


def by_keras(name: str, features: int, units: int, **options: Any) -> Way:
    """Keras' own layer."""

    import keras

    classes = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
    layer = classes.get(name, keras.layers.SimpleRNN)(
        units, return_sequences=True, return_state=True, **options
    )
    layer.build((None, None, features))
    seeds = [variable.value for variable in layer.non_trainable_variables]

    def way(inputs: Array, kernel: Array, recurrent: Array, bias: Array, first: State) -> Any:
        (outputs, *last), _ = layer.stateless_call(
            [kernel, recurrent, bias], seeds, inputs, initial_state=list(first), training=True
        )
        return outputs, tuple(last)

    return way


def compared(name: str, shape: Sequence[int], unrolls: Sequence[int] = (1, 8)) -> dict[str, Any]:
    """Every way of one layer, (batch, timesteps, features, units), in turn."""

    _, _, features, units = shape
    ways: dict[str, Way] = {"keras": by_keras(name, features, units)}
    if name != "simple_rnn" and jax.default_backend() == "gpu":
        for use in (False, True):
            ways[f"keras, use_cudnn={use}"] = by_keras(name, features, units, use_cudnn=use)
    ways |= {f"by hand, unroll {unroll}": by_hand(name, unroll) for unroll in unrolls}
    arguments, pull = drawn(name, shape)
    calls: dict[str, Any] = {}
    found: dict[str, Any] = {}
    expected: Any = None
    for title, way in ways.items():
        start = time.process_time()
        try:
            call = compiled(way, arguments, pull)
            found[title] = {"compile, s": round(time.process_time() - start, 2)}
            answers = call(*arguments)
            expected = answers if title == "keras" else expected
            found[title]["apart"] = apart(answers, expected)
        except Exception as error:  # keras has no cuDNN for it, or cuDNN itself refuses
            if title == "keras":
                raise
            found[title] = {"refused": f"{type(error).__name__}: {error}"[:200]}
        else:
            calls[title] = call
    for title, milliseconds in timed(calls, arguments).items():
        found[title] |= milliseconds
    return found


def drawn(name: str, shape: Sequence[int]) -> tuple[tuple[Any, ...], Array]:
    """A layer's arguments, and what the loss multiplies its outputs by."""

    batch, timesteps, features, units = shape
    cell, generator = CELLS[name], np.random.default_rng(0)

    def normal(*sizes: int, scale: float = 1.0) -> Array:
        return jnp.asarray(scale * generator.normal(size=sizes), jnp.float32)

    width = cell.blocks * units
    arguments = (
        normal(batch, timesteps, features),
        normal(features, width, scale=features**-0.5),
        normal(units, width, scale=units**-0.5),
        normal(*((2, width) if name == "gru" else (width,)), scale=0.1),
        tuple(normal(batch, units) for _ in range(cell.states)),
    )
    return arguments, normal(batch, timesteps, units)


def compiled(way: Way, arguments: tuple[Any, ...], pull: Array) -> Any:
    """The gradients of a loss of all outputs and the last state, by all arguments."""

    def loss(*arguments: Any) -> Array:
        outputs, last = way(*arguments)
        return (outputs * pull).mean() + sum((state * state).mean() for state in last)

    gradients = jax.grad(loss, argnums=tuple(range(len(arguments))))
    return jax.jit(gradients).lower(*arguments).compile()


def apart(answers: Any, expected: Any) -> float:

    pairs = zip(jax.tree.leaves(answers), jax.tree.leaves(expected), strict=True)
    return max(float(abs(one - other).max() / abs(other).max()) for one, other in pairs)


def timed(calls: dict[str, Any], arguments: tuple[Any, ...]) -> dict[str, dict[str, float]]:
    """Milliseconds of a call, on the clock and of all processors, the calls in turn."""

    rounds: dict[str, list[tuple[float, float]]] = {title: [] for title in calls}
    for _ in range(ROUNDS):
        for title, call in calls.items():
            start, busy = time.perf_counter(), time.process_time()
            for _ in range(4):
                jax.block_until_ready(call(*arguments))
            clock, processors = time.perf_counter() - start, time.process_time() - busy
            rounds[title].append((250 * clock, 250 * processors))
    return {
        title: {
            name: round(statistics.median(one[index] for one in times), 3)
            for index, name in enumerate(("ms", "processors, ms"))
        }
        for title, times in rounds.items()
    }


if __name__ == "__main__":
    os.environ["KERAS_BACKEND"] = "jax"
    print(json.dumps(compared(sys.argv[1], [int(size) for size in sys.argv[2:6]])))
