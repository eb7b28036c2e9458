"""Dropout between layers."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from rnnkit.architecture import Layer, LayerSpec, Shape


class Dropout(LayerSpec):
    """Sets a share `rate` of the numbers to zero during training, and nothing afterwards (Srivastava et al. 2014).

    With `variational`, the same features are dropped at every step of a sequence (Gal and Ghahramani 2016).
    """

    short: ClassVar[str | None] = "rate"
    rate: float = Field(ge=0, lt=1, description="the share that is dropped")
    variational: bool = Field(False, description="one mask for all steps of a sequence")

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return inputs

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        return {}

    def build(self, layer: Layer) -> Any:
        import keras

        if self.variational and len(layer.inputs) > 1:
            return keras.layers.SpatialDropout1D(self.rate, name=layer.name)
        return keras.layers.Dropout(self.rate, name=layer.name)
