"""A learned vector for each token."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from rnnkit.architecture import InputSpec, Layer, Shape
from rnnkit.models.initializers import Initializer, RandomUniform


class Embedding(InputSpec):
    """A table with one learned vector of `dim` numbers for each token of the vocabulary."""

    short: ClassVar[str | None] = "dim"
    dim: int = Field(ge=1, le=65_536, description="the length of a token's vector")
    initializer: Initializer = RandomUniform()

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return (inputs[0], self.dim)

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        return {"embeddings": (inputs[1], self.dim)}

    def build(self, layer: Layer) -> Any:
        import keras

        vocabulary = layer.inputs[1]
        return keras.layers.Embedding(vocabulary, self.dim, embeddings_initializer=self.initializer.build(), name=layer.name)
