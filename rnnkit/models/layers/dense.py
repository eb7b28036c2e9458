"""A fully connected layer."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from rnnkit.architecture import Layer, LayerSpec, Shape
from rnnkit.models.activations import Activation
from rnnkit.models.initializers import BiasInitializer, GlorotUniform, Initializer, Zeros


class Dense(LayerSpec):
    """y = activation(x W + b), at every step where the input is a sequence."""

    short: ClassVar[str | None] = "units"
    units: int = Field(ge=1, le=1_000_000, description="the number of outputs")
    activation: Activation = Field("linear", description="function of each output")
    kernel_initializer: Initializer = GlorotUniform()
    bias_initializer: BiasInitializer = Zeros()

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return (*inputs[:-1], self.units)

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        return {"kernel": (inputs[-1], self.units), "bias": (self.units,)}

    @property
    def is_deterministic(self) -> bool:
        return type(self) is Dense  # a subclass may compute something else

    def build(self, layer: Layer) -> Any:
        import keras

        return keras.layers.Dense(
            self.units,
            activation=self.activation,
            kernel_initializer=self.kernel_initializer.build(),
            bias_initializer=self.bias_initializer.build(),
            name=layer.name,
        )
