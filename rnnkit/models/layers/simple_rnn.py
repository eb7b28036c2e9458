"""The plain recurrent layer."""

from __future__ import annotations

from typing import Any

from rnnkit.architecture import Layer, Shape
from rnnkit.models.layers.recurrent import RecurrentSpec


class SimpleRNN(RecurrentSpec):
    """h_t = activation(x_t W + h_{t-1} U + b) (Elman 1990)."""

    def cell_shapes(self, features: int | None) -> dict[str, Shape]:
        return {
            "kernel": (features, self.units),
            "recurrent_kernel": (self.units, self.units),
            "bias": (self.units,),
        }

    def build_direction(self, layer: Layer) -> Any:
        import keras

        return keras.layers.SimpleRNN(**self.keras_arguments(layer))
