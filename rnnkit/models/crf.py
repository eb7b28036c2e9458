"""The loss of a linear-chain conditional random field, and its best labels: by a compiled kernel
where keras runs on TensorFlow and on a processor, else in keras operations.

`potentials`, (batch, timesteps, labels, labels), are those of models/layers/crf.py: the score of a
label (last axis) given the one before it. `weights`, (batch, timesteps), are 1 for real steps,
which come first, and 0 for padding.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnnkit import kernels
from rnnkit.backend.host import HostFunction, Shape, on_host
from rnnkit.backend.rows import is_by_kernel

LOWEST = -1e30
Arrays = Sequence[np.ndarray]


def nats_and_hits(potentials: Any, labels: Any, weights: Any) -> tuple[Any, Any]:
    """The negative log-likelihood of each sequence's labels, (batch,), and at each step 1 where the
    best labels have that label, else 0: (batch, timesteps), 0 in the padding.

    TensorFlow takes a dozen operations for each timestep, and as many for the gradient.
    """
    from keras import ops

    lengths, labels = ops.cast(ops.sum(weights, axis=1), "int32"), ops.cast(labels, "int32")
    if is_by_kernel() and potentials.dtype == "float32":
        nats, hits = on_host(_CHAIN, [potentials], [labels, lengths], keep=True)
        return nats, hits
    return _equation([potentials], [labels, lengths])


def negative_log_likelihood(potentials: Any, labels: Any, weights: Any) -> Any:
    """log Z minus the score of (batch, timesteps) labels, in nats, for each sequence: (batch,). Z
    is computed by the forward algorithm (Rabiner 1989).
    """
    from keras import ops

    scores = ops.sum(_of_labels(potentials, labels) * weights, axis=1)
    return ops.logsumexp(_forward(potentials, weights, ops.logsumexp)[:, -1], axis=-1) - scores


def best_labels(potentials: Any, weights: Any) -> Any:
    """The sequence of labels with the highest score (Viterbi 1967), (batch, timesteps) int32; its
    last label is repeated through the padding.
    """
    from keras import ops

    best = _forward(potentials, weights, ops.max)
    count = potentials.shape[-1]

    def back(label: Any, before: Any, potential: Any) -> Any:
        return ops.one_hot(
            ops.argmax(before + ops.sum(potential * label[:, None], axis=2), axis=-1), count
        )

    last = ops.one_hot(ops.argmax(best[:, -1], axis=-1), count)
    earlier = _steps(back, last, [best[:, :-1], potentials[:, 1:]], weights[:, 1:], backwards=True)
    return ops.cast(ops.argmax(ops.concatenate([earlier, last[:, None]], axis=1), axis=-1), "int32")


def _of_labels(potentials: Any, labels: Any) -> Any:
    """The potential of each label given the one before it, (batch, timesteps); all rows of the
    first step are equal.
    """
    from keras import ops

    count = potentials.shape[-1]
    before, here = (
        ops.one_hot(x, count) for x in (ops.pad(labels[:, :-1], ((0, 0), (1, 0))), labels)
    )
    return ops.sum(potentials * before[:, :, :, None] * here[:, :, None], axis=(2, 3))


def _forward(potentials: Any, weights: Any, over: Callable[..., Any]) -> Any:
    """The reduction `over` all paths to each label, at each step: (batch, timesteps, labels)."""
    from keras import ops

    # All rows of the first potentials are equal: one of them counts.
    start = ops.zeros_like(potentials[:, 0, 0]) + ops.where(
        ops.arange(potentials.shape[-1]) > 0, LOWEST, 0.0
    )
    return _steps(
        lambda ways, potential: over(ways[:, :, None] + potential, axis=1),
        start,
        [potentials],
        weights,
    )


def _steps(
    function: Callable[..., Any],
    state: Any,
    inputs: list[Any],
    weights: Any,
    *,
    backwards: bool = False,
) -> Any:
    """A loop over steps: the states, (batch, timesteps, size), that `function` computes from the
    state before and the step's inputs. A step of weight 0 keeps the state.
    """
    import keras
    from keras import ops

    class Cell(keras.layers.Layer):
        state_size = output_size = state.shape[-1]

        def call(self, step: Any, states: Any) -> tuple[Any, list[Any]]:
            *parts, real = ops.split(step, ends, axis=-1)
            shaped = [
                ops.reshape(part, (-1, *x.shape[2:])) for part, x in zip(parts, inputs, strict=True)
            ]
            after = ops.where(real > 0, function(states[0], *shaped), states[0])
            return after, [after]

    flat = [ops.reshape(x, (*ops.shape(x)[:2], math.prod(x.shape[2:]))) for x in inputs]
    ends = list(itertools.accumulate(x.shape[-1] for x in flat))
    # An RNN layer, because it takes any number of steps on every backend; `ops.scan` does not.
    states = keras.layers.RNN(Cell(), return_sequences=True, go_backwards=backwards)(
        ops.concatenate([*flat, weights[:, :, None]], axis=-1), initial_state=[state]
    )
    return ops.flip(states, axis=1) if backwards else states


def _kernel(arguments: Arrays, others: Arrays, save: bool) -> list[np.ndarray]:
    return list(kernels.chain(*arguments, *others))


def _kernel_gradient(
    arguments: Arrays, others: Arrays, every: Arrays, of_results: Arrays
) -> list[np.ndarray]:
    _, _, summed, log_z = every
    (potentials,), (labels, lengths) = arguments, others
    return [kernels.chain_gradient(potentials, labels, lengths, summed, log_z, of_results[0])]


def _shapes(arguments: Sequence[Shape], save: bool) -> list[Shape]:
    batch, steps, labels, _ = arguments[0]
    return [(batch,), (batch, steps), (batch, steps, labels), (batch,)]


def _equation(arguments: Sequence[Any], others: Sequence[Any]) -> tuple[Any, Any]:
    from keras import ops

    (potentials,), (labels, lengths) = arguments, others
    places = ops.arange(ops.shape(potentials)[1], dtype="int32")
    weights = ops.cast(places < lengths[:, None], potentials.dtype)
    best = best_labels(ops.stop_gradient(potentials), weights)
    hits = ops.cast(ops.equal(best, labels), weights.dtype) * weights
    return negative_log_likelihood(potentials, labels, weights), hits


_CHAIN = HostFunction(_kernel, _kernel_gradient, 2, _shapes, None, _equation)
