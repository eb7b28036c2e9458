"""From a sequence to one vector."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from rnnkit.architecture import Layer, LayerSpec, Shape


class Pool(LayerSpec):
    """One vector for a whole sequence: its last step, its mean, its maximum, or a learned weighted mean.

    `attention` weighs each step by softmax(v . tanh(h_t W + b)) (Yang et al. 2016, without the context vector's name).
    """

    consumes_sequence: ClassVar[bool] = True
    short: ClassVar[str | None] = "mode"
    mode: Literal["last", "mean", "max", "attention"] = Field(description="last, mean, max or attention")

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return (inputs[1],)

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        if self.mode != "attention":
            return {}
        features = inputs[1]
        return {"kernel": (features, features), "bias": (features,), "score": (features, 1)}

    def build(self, layer: Layer) -> Any:
        import keras

        if self.mode == "mean":
            return keras.layers.GlobalAveragePooling1D(name=layer.name)
        if self.mode == "max":
            return keras.layers.GlobalMaxPooling1D(name=layer.name)
        # A nested model of keras' own classes, so that the exported model opens where rnnkit is not installed.
        states = keras.Input(layer.inputs)  # (batch, timesteps, features)
        if self.mode == "last":
            return keras.Model(states, states[:, -1], name=layer.name)
        hidden = keras.layers.Dense(layer.inputs[1], activation="tanh", name="hidden")(states)
        scores = keras.layers.Dense(1, use_bias=False, name="score")(hidden)
        weights = keras.layers.Softmax(axis=1, name="weights")(scores)  # (batch, timesteps, 1)
        pooled = keras.layers.Dot(axes=1, name="weighted_mean")([weights, states])  # (batch, 1, features)
        return keras.Model(states, keras.layers.Flatten(name="vector")(pooled), name=layer.name)
