"""Regularisation of recurrent layers beyond dropout (Merity et al. 2017, AWD-LSTM)."""

from __future__ import annotations

from typing import Any

from rnnkit import backend
from rnnkit.backend.precision import summed


def drop_recurrent_weights(layer: Any, rate: float) -> None:
    """Makes a keras recurrent layer drop a fraction of its recurrent weights in training
    (DropConnect), with one mask for all steps of a batch.

    The weights are dropped before the layer runs, so that it keeps its fast kernels.
    """
    import keras

    seeds = keras.random.SeedGenerator()
    # a variable of the layer, so that a resumed training draws the same masks
    layer.weight_drop_seeds = seeds
    call = layer.call

    def call_with_dropped_weights(*arguments: Any, training: bool = False, **options: Any) -> Any:
        cell = layer.cell
        whole = cell.recurrent_kernel
        if training:
            with backend.whole_draws():
                dropped = keras.random.dropout(keras.ops.convert_to_tensor(whole), rate, seed=seeds)
            # Not by keras' __setattr__, which would track the tensor as a part of the layer.
            object.__setattr__(cell, "recurrent_kernel", dropped)
        try:
            return call(*arguments, training=training, **options)
        finally:
            object.__setattr__(cell, "recurrent_kernel", whole)

    object.__setattr__(layer, "call", call_with_dropped_weights)


class Slowness:
    """The penalty a mean(h_t^2) + b mean((h_t - h_{t-1})^2) on a layer's outputs, (batch,
    timesteps, units).

    Args:
        size: The coefficient a.
        change: The coefficient b.
    """

    def __init__(self, size: float, change: float):
        self.size, self.change = size, change

    def __call__(self, outputs: Any) -> Any:
        from keras import ops

        outputs = summed(outputs)
        if len(outputs.shape) < 3:  # a state
            return ops.zeros((), outputs.dtype)
        _, steps, units = ops.shape(outputs)
        changes = outputs[:, 1:] - outputs[:, :-1]
        size = ops.sum(ops.square(outputs)) / ops.cast(steps * units, outputs.dtype)
        # a single step has no change: avoid the division by zero
        change = ops.sum(ops.square(changes)) / ops.cast(
            ops.maximum(steps - 1, 1) * units, outputs.dtype
        )
        return self.size * size + self.change * change  # keras divides by the batch
