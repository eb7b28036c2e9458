"""What SimpleRNN, LSTM and GRU have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import Field

from rnnkit.architecture import Layer, LayerSpec, Shape
from rnnkit.models.activations import Activation
from rnnkit.models.initializers import (
    BiasInitializer,
    GlorotUniform,
    Initializer,
    Orthogonal,
    Zeros,
)
from rnnkit.models.lengths import is_step, last_step, reverse

BOUNDED = ("hard_sigmoid", "hard_tanh", "sigmoid", "softmax", "softsign", "tanh")
"""Activations with which a state cannot grow beyond all numbers, however long the padding."""


class RecurrentSpec(LayerSpec):
    """A recurrent layer; it returns every step where a later layer reads along time, else its last
    state.
    """

    consumes_sequence: ClassVar[bool] = True
    short: ClassVar[str | None] = "units"
    state_arrays: ClassVar[int] = 1

    units: int = Field(ge=1, le=65_536, description="the size of the state")
    activation: Activation = "tanh"
    kernel_initializer: Initializer = GlorotUniform()
    recurrent_initializer: Initializer = Orthogonal()
    bias_initializer: BiasInitializer = Zeros()
    dropout: float = Field(
        0.0, ge=0, lt=1, description="the share of inputs dropped, one mask for all steps"
    )
    recurrent_dropout: float = Field(
        0.0, ge=0, lt=1, description="the share of the state dropped; loses the fast kernels"
    )
    weight_drop: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="the share of recurrent weights dropped once a batch; keeps the fast kernels",
    )
    activation_l2: float = Field(
        0.0, ge=0, description="this times the mean square of the outputs is added to the loss (AR)"
    )
    slowness_l2: float = Field(
        0.0,
        ge=0,
        description=(
            "this times the mean square of their change from step to step is added to the loss"
            " (TAR)"
        ),
    )
    bidirectional: bool = Field(
        False, description="a second layer reads backwards; both outputs stand side by side"
    )
    unroll: bool = Field(
        False, description="one graph node per step instead of a loop: faster for short sequences"
    )

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        features = self.units * (2 if self.bidirectional else 1)
        return (inputs[0], features) if sequence else (features,)

    @abstractmethod
    def cell_shapes(self, features: int | None) -> dict[str, Shape]:
        """The weights of one direction, in Keras' order."""

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        shapes = self.cell_shapes(inputs[1])
        if not self.bidirectional:
            return shapes
        return {
            f"{direction}/{name}": shape
            for direction in ("forward", "backward")
            for name, shape in shapes.items()
        }

    def build(self, layer: Layer) -> Any:
        import keras

        recurrent = self.build_direction(layer)
        if not self.bidirectional:
            return self._for_training(recurrent)
        both = keras.layers.Bidirectional(recurrent, name=layer.name)
        # keras makes both anew from the layer's arguments
        for way in (both.forward_layer, both.backward_layer):
            self._for_training(way)
        return both

    def state_shapes(self, inputs: Shape) -> tuple[Shape, ...]:
        return ((self.units,),) * self.state_arrays

    def go_on(self, layer: Layer, x: Any, state: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
        recurrent = self._for_training(self.build_direction(replace(layer, sequence=True)))
        recurrent.return_state = True
        outputs, *after = recurrent(x, initial_state=list(state))
        return outputs, after

    def connect(self, layer: Layer, x: Any, lengths: Any) -> Any:
        if lengths is None:
            return self.build(layer)(x)
        if not self.bidirectional:
            states = self._states(layer, layer.name, x, lengths)
            return states if layer.sequence else last_step(states, lengths)
        return self._bidirectional(layer)([x, lengths])

    def variables(self, made: Any) -> list[Any]:
        # Keras sorts the layers of a nested model by their distance from its output, not by the way
        # they read.
        return sorted(made.weights, key=lambda weight: "backward" in weight.path)

    def _bidirectional(self, layer: Layer) -> Any:
        """A nested model: keras' own Bidirectional would read the padding first on its way back."""
        import keras

        x, lengths = keras.Input(layer.inputs), keras.Input((), dtype="int32")
        forward = self._states(layer, "forward", x, lengths)
        backward = self._states(layer, "backward", reverse(x, lengths), lengths)
        ways = (
            [forward, reverse(backward, lengths)]
            if layer.sequence
            else [last_step(forward, lengths), last_step(backward, lengths)]
        )
        return keras.Model([x, lengths], keras.ops.concatenate(ways, axis=-1), name=layer.name)

    def _states(self, layer: Layer, name: str, x: Any, lengths: Any) -> Any:
        """The states of every step; those of the padding may be any numbers.

        A state that can grow without bound stands still there: it would overflow, and infinity
        times a gradient of zero is no number.
        """
        from keras import ops

        recurrent = self._for_training(
            self.build_direction(replace(layer, sequence=True, name=name))
        )
        if {self.activation, getattr(self, "recurrent_activation", self.activation)} <= {*BOUNDED}:
            return recurrent(x)
        real = is_step(x, lengths)
        # and no mask goes on to the layers after it
        return ops.where(real[:, :, None], recurrent(x, mask=real), 0.0)

    def for_export(self) -> RecurrentSpec:
        return self.model_copy(
            update={"weight_drop": 0.0, "activation_l2": 0.0, "slowness_l2": 0.0}
        )

    def _for_training(self, layer: Any) -> Any:
        """What only training needs."""
        from rnnkit.models.regularisation import Slowness, drop_recurrent_weights

        if self.activation_l2 or self.slowness_l2:
            layer.activity_regularizer = Slowness(self.activation_l2, self.slowness_l2)
        if self.weight_drop:
            drop_recurrent_weights(layer, self.weight_drop)
        return layer

    @abstractmethod
    def build_direction(self, layer: Layer) -> Any:
        """The keras layer that reads forwards."""

    def keras_arguments(self, layer: Layer) -> dict[str, Any]:
        """The arguments that every keras recurrent layer takes."""
        return {
            "units": self.units,
            "activation": self.activation,
            "kernel_initializer": self.kernel_initializer.build(),
            "recurrent_initializer": self.recurrent_initializer.build(),
            "bias_initializer": self.bias_initializer.build(),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "unroll": self.unroll,
            "return_sequences": layer.sequence,
            "name": layer.name,
        }
