"""A convolution along time."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from rnnkit.architecture import Layer, LayerSpec, Shape
from rnnkit.models.activations import Activation
from rnnkit.models.initializers import BiasInitializer, GlorotUniform, Initializer, Zeros
from rnnkit.models.lengths import is_step


class Conv(LayerSpec):
    """y_t = activation(W [x_{t-a} ... x_{t+b}] + c): each step sees its neighbours, `width` steps
    in all; both ends are padded with zeros.
    """

    consumes_sequence: ClassVar[bool] = True
    short: ClassVar[str | None] = "filters"
    filters: int = Field(ge=1, le=65_536, description="the number of outputs at each step")
    width: int = Field(3, ge=1, le=1000, description="kernel size: the steps that are seen at once")
    activation: Activation = Field("relu", description="function of each output")
    kernel_initializer: Initializer = GlorotUniform()
    bias_initializer: BiasInitializer = Zeros()

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return (inputs[0], self.filters)

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        return {"kernel": (self.width, inputs[1], self.filters), "bias": (self.filters,)}

    @property
    def is_deterministic(self) -> bool:
        return type(self) is Conv  # a subclass may compute something else

    def build(self, layer: Layer) -> Any:
        import keras

        return keras.layers.Conv1D(
            self.filters,
            self.width,
            padding="same",
            activation=self.activation,
            kernel_initializer=self.kernel_initializer.build(),
            bias_initializer=self.bias_initializer.build(),
            name=layer.name,
        )

    def connect(self, layer: Layer, x: Any, lengths: Any) -> Any:
        from keras import ops

        real = x if lengths is None else ops.where(is_step(x, lengths)[:, :, None], x, 0.0)
        return self.build(layer)(real)
