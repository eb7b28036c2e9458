"""Tokens as one-hot rows."""

from __future__ import annotations

from typing import Any

from rnnkit.architecture import InputSpec, Layer, Shape


class OneHot(InputSpec):
    """Each token becomes a row with a single one, as long as the vocabulary; nothing is learned
    here.
    """

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return inputs

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        return {}

    def build(self, layer: Layer) -> Any:
        import keras

        # Keras' layer drops a last axis of size 1, which would be a window of one token: so it gets
        # such an axis of its own.
        timesteps, vocabulary = layer.inputs
        tokens = keras.Input((timesteps,), dtype=self.dtype)
        column = keras.layers.Reshape((timesteps or -1, 1), name="column")(tokens)
        rows = keras.layers.CategoryEncoding(vocabulary, output_mode="one_hot", name="rows")(column)
        return keras.Model(tokens, rows, name=layer.name)
