"""Long short-term memory."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from rnnkit.architecture import Layer, Shape
from rnnkit.backend.device import current
from rnnkit.cells.cell import Array, Cell, Namespace, State, Weights, activation
from rnnkit.cells.choice import Choice
from rnnkit.cells.keras_cell import KerasRecurrentSpec
from rnnkit.models.activations import Activation


class LSTMCell(Cell["LSTM"]):
    """i, f, o = sigmoid(x_t W + h_{t-1} U + b); g = tanh(...); c_t = f c_{t-1} + i g; h_t = o
    tanh(c_t); columns in Keras' order i, f, g, o.
    """

    states = 2
    kernel = "lstm"
    exports = True

    def shapes(self, features: int | None, units: int) -> dict[str, Shape]:
        return {
            "kernel": (features, 4 * units),
            "recurrent_kernel": (units, 4 * units),
            "bias": (4 * units,),
        }

    def step(
        self, xp: Namespace, projected: Array, state: State, weights: Weights, spec: LSTM
    ) -> tuple[Array, State]:
        h, c = state
        gate, squash = activation(xp, spec.recurrent_activation), activation(xp, spec.activation)
        i, f, g, o = xp.split(projected + xp.matmul(h, weights["recurrent_kernel"]), 4, axis=-1)
        c = gate(f) * c + gate(i) * squash(g)
        h = gate(o) * squash(c)
        return h, (h, c)

    def keras_layer(self, spec: LSTM, layer: Layer) -> Any:
        import keras

        return spec.layer_class(keras.layers.LSTM)(
            recurrent_activation=spec.recurrent_activation,
            unit_forget_bias=spec.unit_forget_bias,
            use_cudnn=False if spec.is_misaligned() else "auto",
            **spec.keras_arguments(layer),
        )


class LSTM(KerasRecurrentSpec):
    """Gates i, f, o and candidate g; c_t = f c_{t-1} + i g; h_t = o tanh(c_t) (Hochreiter and
    Schmidhuber 1997, Gers et al. 2000).
    """

    cell: ClassVar[Cell[Any]] = LSTMCell()

    recurrent_activation: Activation = Field("sigmoid", description="activation of the gates")
    unit_forget_bias: bool = Field(
        True, description="the forget gate's bias starts at one (Jozefowicz et al. 2015)"
    )

    def is_misaligned(self) -> bool:
        """Whether this is a bidirectional LSTM with input dropout on JAX, where keras' cuDNN path
        misaligns the backward half.
        """
        return self.bidirectional and bool(self.dropout) and current() == "jax"

    def choose_on_gpu(self) -> Choice:
        choice = super().choose_on_gpu()
        if choice.kernel != "cudnn" or not self.is_misaligned():
            return choice
        reason = "cuDNN by keras on jax misaligns a bidirectional LSTM with input dropout"
        return Choice("generic", reason, "dropout")
