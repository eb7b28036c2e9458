"""The gated recurrent unit."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from rnnkit.architecture import Layer, Shape
from rnnkit.cells.cell import Array, Cell, Namespace, State, Weights, activation
from rnnkit.cells.keras_cell import KerasRecurrentSpec
from rnnkit.models.activations import Activation


class GRUCell(Cell["GRU"]):
    """z, r = sigmoid(x W + b + h U + b'); hh = tanh(x W + b + r (h U + b')); h_t = z h_{t-1} +
    (1 - z) hh; columns in Keras' order z, r, hh. The rows of `bias` are b and b'.
    """

    kernel = "gru"
    exports = True

    def shapes(self, features: int | None, units: int) -> dict[str, Shape]:
        return {
            "kernel": (features, 3 * units),
            "recurrent_kernel": (units, 3 * units),
            "bias": (2, 3 * units),
        }

    def project(self, xp: Namespace, x: Array, weights: Weights) -> Array:
        return xp.matmul(x, weights["kernel"]) + weights["bias"][0]

    def step(
        self, xp: Namespace, projected: Array, state: State, weights: Weights, spec: GRU
    ) -> tuple[Array, State]:
        (h,) = state
        gate, squash = activation(xp, spec.recurrent_activation), activation(xp, spec.activation)
        from_state = xp.matmul(h, weights["recurrent_kernel"]) + weights["bias"][1]
        x_z, x_r, x_h = xp.split(projected, 3, axis=-1)
        h_z, h_r, h_h = xp.split(from_state, 3, axis=-1)
        z, r = gate(x_z + h_z), gate(x_r + h_r)
        h = z * h + (1 - z) * squash(x_h + r * h_h)
        return h, (h,)

    def keras_layer(self, spec: GRU, layer: Layer) -> Any:
        import keras

        return spec.layer_class(keras.layers.GRU)(
            recurrent_activation=spec.recurrent_activation,
            reset_after=True,
            **spec.keras_arguments(layer),
        )


class GRU(KerasRecurrentSpec):
    """Gates z and r; h_t = z h_{t-1} + (1 - z) hh, the reset gate applied after the product (Cho et
    al. 2014; cuDNN's form).
    """

    cell: ClassVar[Cell[Any]] = GRUCell()

    recurrent_activation: Activation = Field("sigmoid", description="activation of the gates")
