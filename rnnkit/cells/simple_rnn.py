"""The plain recurrent cell."""

from __future__ import annotations

from typing import Any, ClassVar

from rnnkit.architecture import Layer, Shape
from rnnkit.cells.cell import Array, Cell, Namespace, State, Weights, activation
from rnnkit.cells.keras_cell import KerasRecurrentSpec


class SimpleRNNCell(Cell["SimpleRNN"]):
    """h_t = activation(x_t W + h_{t-1} U + b)."""

    kernel = "simple_rnn"
    exports = True

    def shapes(self, features: int | None, units: int) -> dict[str, Shape]:
        return {
            "kernel": (features, units),
            "recurrent_kernel": (units, units),
            "bias": (units,),
        }

    def step(
        self, xp: Namespace, projected: Array, state: State, weights: Weights, spec: SimpleRNN
    ) -> tuple[Array, State]:
        (h,) = state
        h = activation(xp, spec.activation)(projected + xp.matmul(h, weights["recurrent_kernel"]))
        return h, (h,)

    def keras_layer(self, spec: SimpleRNN, layer: Layer) -> Any:
        import keras

        return spec.layer_class(keras.layers.SimpleRNN)(**spec.keras_arguments(layer))


class SimpleRNN(KerasRecurrentSpec):
    """h_t = activation(x_t W + h_{t-1} U + b) (Elman 1990)."""

    cell: ClassVar[Cell[Any]] = SimpleRNNCell()
