"""The gated recurrent unit."""

from __future__ import annotations

from typing import Any

from rnnkit.architecture import Layer, Shape
from rnnkit.models.activations import Activation
from rnnkit.models.layers.recurrent import RecurrentSpec


class GRU(RecurrentSpec):
    """Gates z and r; h_t = z h_{t-1} + (1 - z) hh, the reset gate applied after the product (Cho et
    al. 2014; cuDNN's form).
    """

    recurrent_activation: Activation = "sigmoid"

    def cell_shapes(self, features: int | None) -> dict[str, Shape]:
        return {
            "kernel": (features, 3 * self.units),
            "recurrent_kernel": (self.units, 3 * self.units),
            "bias": (2, 3 * self.units),
        }

    def build_direction(self, layer: Layer) -> Any:
        import keras

        return keras.layers.GRU(
            recurrent_activation=self.recurrent_activation,
            reset_after=True,
            **self.keras_arguments(layer),
        )
