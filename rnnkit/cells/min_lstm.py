"""The minimal LSTM: gates and candidate read the input alone (Feng et al. 2024)."""

from __future__ import annotations

from typing import Any, ClassVar

from rnnkit.cells.cell import Array, Cell, Namespace, activation
from rnnkit.cells.linear import LinearCell, LinearSpec, positive


class MinLSTMCell(LinearCell["MinLSTM"]):
    """f, i = sigmoid(x V + b); f' = f / (f + i), i' = i / (f + i); h_t = f' h_{t-1} + i' g(x W +
    b'); columns in the order f, i, candidate.
    """

    kernel = "min_lstm"
    blocks = 3

    def coefficients(self, xp: Namespace, projected: Array, spec: MinLSTM) -> tuple[Array, Array]:
        forget, keep, candidate = xp.split(projected, 3, axis=-1)
        sigmoid, softplus = activation(xp, "sigmoid"), activation(xp, "softplus")
        # f / (f + i) without the quotient, which is 0 / 0 where both gates are shut
        f = sigmoid(softplus(-keep) - softplus(-forget))
        return f, (1 - f) * positive(xp, candidate)


class MinLSTM(LinearSpec):
    """h_t = f' h_{t-1} + i' g(x_t W + b), the gates f, i = sigmoid(x_t V + c) divided by their sum,
    g(x) = x + 0.5 for x >= 0 else sigmoid(x) (Feng et al. 2024, "Were RNNs All We Needed?").
    """

    cell: ClassVar[Cell[Any]] = MinLSTMCell()

    @property
    def is_bounded(self) -> bool:
        return True  # a weighted mean of what was read
