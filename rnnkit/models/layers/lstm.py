"""Long short-term memory."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from rnnkit.architecture import Layer, Shape
from rnnkit.models.activations import Activation
from rnnkit.models.layers.recurrent import RecurrentSpec


class LSTM(RecurrentSpec):
    """Gates i, f, o and candidate g; c_t = f c_{t-1} + i g; h_t = o tanh(c_t) (Hochreiter and
    Schmidhuber 1997, Gers et al. 2000).
    """

    state_arrays: ClassVar[int] = 2
    recurrent_activation: Activation = "sigmoid"
    unit_forget_bias: bool = Field(
        True, description="the forget gate's bias starts at one (Jozefowicz et al. 2015)"
    )

    def cell_shapes(self, features: int | None) -> dict[str, Shape]:
        return {
            "kernel": (features, 4 * self.units),
            "recurrent_kernel": (self.units, 4 * self.units),
            "bias": (4 * self.units,),
        }

    def build_direction(self, layer: Layer) -> Any:
        import keras

        # Keras' cuDNN path on JAX misaligns the backward half of a bidirectional LSTM that has
        # input dropout.
        use_cudnn = (
            False
            if self.bidirectional and self.dropout and keras.backend.backend() == "jax"
            else "auto"
        )
        return keras.layers.LSTM(
            recurrent_activation=self.recurrent_activation,
            unit_forget_bias=self.unit_forget_bias,
            use_cudnn=use_cudnn,
            **self.keras_arguments(layer),
        )
