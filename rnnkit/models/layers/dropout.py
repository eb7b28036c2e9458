"""Dropout between layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field

from rnnkit.architecture import Layer, LayerSpec, Shape
from rnnkit.config.unused import Unused


class Dropout(LayerSpec):
    """Sets a share `rate` of the numbers to zero during training, and nothing afterwards
    (Srivastava et al. 2014).

    What is dropped: single numbers; the same features at every step (Gal and
    Ghahramani 2016); or whole steps, such as words.
    """

    short: ClassVar[str | None] = "rate"
    rate: float = Field(ge=0, lt=1, description="fraction to drop")
    drop: Literal["numbers", "features", "steps"] = Field(
        "numbers", description="numbers, features (one mask for all steps), or whole steps"
    )

    def unused(self) -> Iterator[Unused]:
        if self.rate == 0:
            yield Unused("drop", "rate is 0", "rate: 0.2")

    def unused_in(self, layer: Layer, *, padded: bool, carries_state: bool) -> Iterator[Unused]:
        if len(layer.inputs) == 1:
            yield Unused("drop", "one vector comes here, not a sequence")

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return inputs

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        return {}

    def for_export(self) -> Dropout:
        return self.model_copy(update={"rate": 0.0})

    @property
    def is_deterministic(self) -> bool:
        return type(self) is Dropout and self.rate == 0

    def build(self, layer: Layer) -> Any:
        import keras

        shapes = {"numbers": None, "features": (None, 1, None), "steps": (None, None, 1)}
        return keras.layers.Dropout(
            self.rate,
            noise_shape=shapes[self.drop] if len(layer.inputs) > 1 else None,
            name=layer.name,
        )
