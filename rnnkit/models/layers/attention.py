"""Attention of a decoder to an encoder's output at each step of the source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from rnnkit.architecture import Layer, LayerSpec, Shape
from rnnkit.models.lengths import is_step

Score = Literal["additive", "multiplicative"]
LOWEST = -1e9  # the score of a step of padding: its share is zero to the last digit


class Attention(LayerSpec):
    """y_t = tanh([c_t; h_t] W) with the context c_t: the mean of the encoder's states m_s, each
    weighted by softmax over s of its score.

    The score is v tanh(h_t Q + m_s K + b) (additive, Bahdanau et al. 2015) or h_t (m_s K)
    (multiplicative, Luong et al. 2015, whose place for it this is: after the recurrent layers, so
    that all steps are computed at once where the targets are known).
    """

    reads_memory: ClassVar[bool] = True
    added_by_task: ClassVar[str | None] = "attention"

    score: Score
    units: int = Field(
        ge=1, le=65_536, description="the size of y, and of what an additive score compares"
    )
    memory: int = Field(ge=1, description="the size of the encoder's states")

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return (*inputs[:-1], self.units)

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        output = {"output/kernel": (self.memory + (inputs[-1] or 0), self.units)}
        if self.score == "multiplicative":
            return {"keys/kernel": (self.memory, inputs[-1]), **output}
        scores = {
            "keys/kernel": (self.memory, self.units),
            "keys/bias": (self.units,),
            "query/kernel": (inputs[-1], self.units),
        }
        return {**scores, "score/kernel": (self.units, 1), **output}

    def state_inputs(self, inputs: Shape) -> list[tuple[Shape, str]]:
        """The memory: the encoder's states, and how many of them are real."""
        return [((None, self.memory), "float32"), ((), "int32")]

    def build(self, layer: Layer) -> Any:
        import keras
        from keras import ops

        states = keras.Input(layer.inputs)  # (batch, timesteps, features)
        # (batch, source timesteps, memory), (batch,)
        memory, lengths = (
            keras.Input(shape, dtype=dtype) for shape, dtype in self.state_inputs(layer.inputs)
        )
        if self.score == "multiplicative":
            keys = keras.layers.Dense(layer.inputs[-1], use_bias=False, name="keys")(memory)
            scores = ops.matmul(states, ops.transpose(keys, (0, 2, 1)))
        else:
            keys = keras.layers.Dense(self.units, name="keys")(memory)
            query = keras.layers.Dense(self.units, use_bias=False, name="query")(states)
            # (batch, timesteps, source timesteps, units)
            compared = ops.tanh(query[:, :, None] + keys[:, None])
            scores = keras.layers.Dense(1, use_bias=False, name="score")(compared)[..., 0]
        # (batch, timesteps, source timesteps)
        shares = ops.softmax(ops.where(is_step(memory, lengths)[:, None], scores, LOWEST))
        both = ops.concatenate([ops.matmul(shares, memory), states], axis=-1)
        attended = keras.layers.Dense(self.units, activation="tanh", use_bias=False, name="output")(
            both
        )
        return keras.Model([states, memory, lengths], attended, name=layer.name)

    def continue_from(
        self, layer: Layer, x: Any, state: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]]:
        return self.build(layer)([x, *state]), state

    def variables(self, built: Any) -> list[Any]:
        names = (
            ["keys", "output"]
            if self.score == "multiplicative"
            else ["keys", "query", "score", "output"]
        )
        return [variable for name in names for variable in built.get_layer(name).weights]
