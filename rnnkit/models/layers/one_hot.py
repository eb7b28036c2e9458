"""Tokens as one-hot rows."""

from __future__ import annotations

from typing import Any

from rnnkit.architecture import InputSpec, Layer, Shape


class OneHot(InputSpec):
    """Each token becomes a row with a single one, as long as the vocabulary; nothing is learned here."""

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return inputs

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        return {}

    def build(self, layer: Layer) -> Any:
        import keras

        return keras.layers.CategoryEncoding(layer.inputs[1], output_mode="one_hot", name=layer.name)
