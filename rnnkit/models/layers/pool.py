"""From a sequence to one vector."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from rnnkit.architecture import Layer, LayerSpec, Shape
from rnnkit.models.lengths import is_step, last_step

LOWEST = -1e30  # the value of padded steps: any real number is more


class Pool(LayerSpec):
    """One vector for a whole sequence: its last step, its mean, its maximum, or a learned weighted
    mean.

    `attention` weighs each step by softmax(v . tanh(h_t W + b)) (Yang et al. 2016, without the
    context vector's name).
    """

    consumes_sequence: ClassVar[bool] = True
    short: ClassVar[str | None] = "mode"
    mode: Literal["last", "mean", "max", "attention"] = Field(
        description="last, mean, max or attention"
    )

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return (inputs[1],)

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        if self.mode != "attention":
            return {}
        features = inputs[1]
        return {"kernel": (features, features), "bias": (features,), "score": (features, 1)}

    @property
    def is_deterministic(self) -> bool:
        return type(self) is Pool  # a subclass may compute something else

    def build(self, layer: Layer) -> Any:
        import keras

        if self.mode == "mean":
            return keras.layers.GlobalAveragePooling1D(name=layer.name)
        if self.mode == "max":
            return keras.layers.GlobalMaxPooling1D(name=layer.name)
        # A nested model of keras' own classes, so that the exported model opens where rnnkit is not
        # installed.
        states = keras.Input(layer.inputs)  # (batch, timesteps, features)
        pooled = states[:, -1] if self.mode == "last" else self._attention(layer, states, None)
        return keras.Model(states, pooled, name=layer.name)

    def connect(self, layer: Layer, x: Any, lengths: Any) -> Any:
        if lengths is None:
            return self.build(layer)(x)
        import keras
        from keras import ops

        states, steps = keras.Input(layer.inputs), keras.Input((), dtype="int32")
        if self.mode == "last":
            pooled = last_step(states, steps)
        elif self.mode == "mean":
            pooled = (
                ops.sum(ops.where(is_step(states, steps)[:, :, None], states, 0.0), axis=1)
                / ops.cast(steps, states.dtype)[:, None]
            )
        elif self.mode == "max":
            pooled = ops.max(ops.where(is_step(states, steps)[:, :, None], states, LOWEST), axis=1)
        else:
            pooled = self._attention(layer, states, steps)
        return keras.Model([states, steps], pooled, name=layer.name)([x, lengths])

    def _attention(self, layer: Layer, states: Any, lengths: Any) -> Any:
        import keras
        from keras import ops

        hidden = keras.layers.Dense(layer.inputs[1], activation="tanh", name="hidden")(states)
        scores = keras.layers.Dense(1, use_bias=False, name="score")(hidden)
        if lengths is not None:
            scores = ops.where(is_step(states, lengths)[:, :, None], scores, LOWEST)
        weights = keras.layers.Softmax(axis=1, name="weights")(scores)  # (batch, timesteps, 1)
        # (batch, 1, features)
        pooled = keras.layers.Dot(axes=1, name="weighted_mean")([weights, states])
        return keras.layers.Flatten(name="vector")(pooled)
