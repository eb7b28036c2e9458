"""The output layer that shares its weights with the embedding."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from rnnkit.architecture import Layer, LayerSpec, Shape, ShapeMistake


class Tied(LayerSpec):
    """Logits are the products of the state with every token's vector: y = h E^T (Press and Wolf
    2017; Inan et al. 2017).
    """

    added_by_task: ClassVar[str | None] = "tied"

    dim: int = Field(ge=1, description="the length of a token's vector")
    vocabulary: int = Field(ge=1, description="how many tokens there are")

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        if inputs[-1] != self.dim:
            got = (
                f"tied weights, but the last layer gives vectors of {inputs[-1]} and the embedding"
                f" has vectors of {self.dim}"
            )
            raise ShapeMistake(
                None,
                got,
                "Expected the same size",
                "Make them equal, or put `- dense` of that size last",
            )
        return (*inputs[:-1], self.vocabulary)

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        return {}

    def build(self, layer: Layer) -> Any:
        raise NotImplementedError("the embedding is called in reverse")
