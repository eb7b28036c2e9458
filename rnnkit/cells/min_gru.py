"""The minimal GRU: gates and candidate read the input alone (Feng et al. 2024)."""

from __future__ import annotations

from typing import Any, ClassVar

from rnnkit.cells.cell import Array, Cell, Namespace, activation
from rnnkit.cells.linear import LinearCell, LinearSpec, positive


class MinGRUCell(LinearCell["MinGRU"]):
    """z = sigmoid(x V + b); h_t = (1 - z) h_{t-1} + z g(x W + b'); columns in the order z,
    candidate.
    """

    kernel = "min_gru"
    blocks = 2

    def coefficients(self, xp: Namespace, projected: Array, spec: MinGRU) -> tuple[Array, Array]:
        gate, candidate = xp.split(projected, 2, axis=-1)
        z = activation(xp, "sigmoid")(gate)
        return 1 - z, z * positive(xp, candidate)


class MinGRU(LinearSpec):
    """h_t = (1 - z) h_{t-1} + z g(x_t W + b), z = sigmoid(x_t V + c), g(x) = x + 0.5 for x >= 0
    else sigmoid(x) (Feng et al. 2024, "Were RNNs All We Needed?").
    """

    cell: ClassVar[Cell[Any]] = MinGRUCell()

    @property
    def is_bounded(self) -> bool:
        return True  # a weighted mean of what was read
