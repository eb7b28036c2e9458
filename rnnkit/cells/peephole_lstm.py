"""Long short-term memory whose gates see the cell state (Gers and Schmidhuber 2000)."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from rnnkit.architecture import Shape
from rnnkit.cells.cell import Array, Cell, Namespace, State, Weights, activation
from rnnkit.cells.recurrent import RecurrentSpec
from rnnkit.models.initializers import Initializer, InitializerSpec, Orthogonal


class PeepholeLSTMCell(Cell["PeepholeLSTM"]):
    """i, f = sigmoid(x_t W + h_{t-1} U + b + p c_{t-1}); c_t = f c_{t-1} + i tanh(...); o =
    sigmoid(x_t W + h_{t-1} U + b + p c_t); h_t = o tanh(c_t); columns in Keras' order i, f, g, o,
    those of `peephole` in the order i, f, o.
    """

    states = 2

    def shapes(self, features: int | None, units: int) -> dict[str, Shape]:
        return {
            "kernel": (features, 4 * units),
            "recurrent_kernel": (units, 4 * units),
            "bias": (4 * units,),
            "peephole": (3 * units,),
        }

    def step(
        self, xp: Namespace, projected: Array, state: State, weights: Weights, spec: PeepholeLSTM
    ) -> tuple[Array, State]:
        h, c = state
        gate, squash = activation(xp, "sigmoid"), activation(xp, "tanh")
        i, f, g, o = xp.split(projected + xp.matmul(h, weights["recurrent_kernel"]), 4, axis=-1)
        p_i, p_f, p_o = xp.split(weights["peephole"], 3, axis=-1)
        c_new = gate(f + p_f * c) * c + gate(i + p_i * c) * squash(g)
        h = gate(o + p_o * c_new) * squash(c_new)
        return h, (h, c_new)


class PeepholeLSTM(RecurrentSpec):
    """An LSTM whose gates read the cell state: i and f c_{t-1}, o c_t, each unit its own (Gers and
    Schmidhuber 2000; Greff et al. 2017). These weights start as biases do: as an LSTM without.
    """

    cell: ClassVar[Cell[Any]] = PeepholeLSTMCell()

    recurrent_initializer: Initializer = Orthogonal()
    unit_forget_bias: bool = Field(
        True, description="the forget gate's bias starts at one (Jozefowicz et al. 2015)"
    )

    @property
    def is_bounded(self) -> bool:
        return True  # its cell state grows by at most one a step

    def initializer(self, weight: str) -> InitializerSpec:
        if weight == "recurrent_kernel":
            return self.recurrent_initializer
        if weight == "bias" and self.unit_forget_bias:
            return _ForgetBias(others=self.bias_initializer)
        if weight == "peephole":
            return self.bias_initializer
        return super().initializer(weight)


class _ForgetBias(InitializerSpec):
    """Ones for the forget gate, the second of four blocks."""

    others: Initializer

    def build(self) -> Any:
        from keras import ops

        initializer = self.others.build()

        def initial(shape: Any, dtype: Any = None) -> Any:
            units = shape[0] // 4
            others = initializer((3 * units,), dtype=dtype)
            return ops.concatenate([others[:units], ops.ones((units,), dtype), others[units:]])

        return initial
