"""What a text is conditioned on, as the initial state of a recurrent model."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from rnnkit.architecture import Layer, LayerSpec, Shape


class Condition(LayerSpec):
    """Each state starts at tanh(c W + b) of the condition c, as a caption is generated from the
    features of an image (Karpathy and Fei-Fei 2015).
    """

    added_by_task: ClassVar[str | None] = "condition"

    sizes: tuple[int, ...] = Field(min_length=1, description="the size of each state")

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return (sum(self.sizes),)

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {}
        for index, size in enumerate(self.sizes):
            shapes |= {f"{index}/kernel": (inputs[0], size), f"{index}/bias": (size,)}
        return shapes

    def build(self, layer: Layer) -> Any:
        import keras

        condition = keras.Input(layer.inputs)
        states = [
            keras.layers.Dense(size, activation="tanh", name=f"state_{index}")(condition)
            for index, size in enumerate(self.sizes)
        ]
        return keras.Model(condition, states, name=layer.name)

    def variables(self, built: Any) -> list[Any]:
        return [
            variable
            for index in range(len(self.sizes))
            for variable in built.get_layer(f"state_{index}").weights
        ]
