"""Numbers, unchanged."""

from __future__ import annotations

from typing import Any, ClassVar

from rnnkit.architecture import InputSpec, Layer, Shape


class Numeric(InputSpec):
    """The data are numbers already: (timesteps, features). A padded step is not a number (NaN),
    as a zero would look like a real one.
    """

    dtype: ClassVar[str] = "float32"

    def data_shape(self, inputs: Shape) -> Shape:
        return inputs

    def is_padding(self, xp: Any, data: Any) -> Any:
        return xp.isnan(data[:, :, 0])

    def without_padding(self, xp: Any, data: Any) -> Any:
        return xp.nan_to_num(data, nan=0.0)

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return inputs

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        return {}

    def build(self, layer: Layer) -> Any:
        import keras

        return keras.layers.Identity(name=layer.name)
