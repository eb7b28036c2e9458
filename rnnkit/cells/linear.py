"""Cells that are linear in their state: h_t = a_t h_{t-1} + b_t, where a_t and b_t depend on x_t
alone.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from pydantic import PrivateAttr

from rnnkit.architecture import Layer, Shape
from rnnkit.backend.scan import linear_recurrence
from rnnkit.cells.cell import Array, Cell, Namespace, State, Weights, activation
from rnnkit.cells.trained import TrainedSpec
from rnnkit.models.lengths import is_first

DOUBLINGS = 20  # enough for 2 ** 20 steps, if their number is unknown


class LinearSpec(TrainedSpec):
    """A recurrent layer whose cell is linear in its state."""

    _exported: bool = PrivateAttr(False)

    @property
    def exported(self) -> bool:
        """Whether plain keras must be able to open the keras layer."""
        return self._exported

    def obstacle(self) -> tuple[str, str]:
        return ("", "") if self.kernel else (f"no kernel computes {type(self).__name__}", "")

    def for_export(self) -> LinearSpec:
        spec = super().for_export().model_copy()
        assert isinstance(spec, LinearSpec)
        spec._exported = True
        return spec


S = TypeVar("S", bound=LinearSpec, contravariant=True)


class LinearCell(Cell[S], Generic[S]):
    """A cell that defines only its `coefficients`. It has a kernel and a bias and no other weights;
    its projection has `blocks` numbers per unit.
    """

    exports = True
    blocks: int

    @abstractmethod
    def coefficients(self, xp: Namespace, projected: Array, spec: S) -> tuple[Array, Array]:
        """a_t and b_t, (..., units) each, from the projected input, (..., blocks * units)."""

    def shapes(self, features: int | None, units: int) -> dict[str, Shape]:
        return {"kernel": (features, self.blocks * units), "bias": (self.blocks * units,)}

    def step(
        self, xp: Namespace, projected: Array, state: State, weights: Weights, spec: S
    ) -> tuple[Array, State]:
        decay, inflow = self.coefficients(xp, projected, spec)
        h = decay * state[0] + inflow
        return h, (h,)

    def scan(
        self, projected: Array, state: State, weights: Weights, spec: S, is_real: Array | None
    ) -> tuple[Array, State]:
        states = linear_recurrence(*self._coefficients(projected, spec, is_real), state[0])
        return states, (states[:, -1],)

    def keras_layer(self, spec: S, layer: Layer) -> Any:
        return (
            StandardOperations(self, spec, layer)
            if spec.exported
            else super().keras_layer(spec, layer)
        )

    def _coefficients(
        self, projected: Array, spec: S, is_real: Array | None
    ) -> tuple[Array, Array]:
        from keras import ops

        decay, inflow = self.coefficients(ops, projected, spec)
        if is_real is None:
            return decay, inflow
        real = is_real[:, :, None]
        return ops.where(real, decay, 1.0), ops.where(real, inflow, 0.0)


def positive(xp: Namespace, x: Array) -> Array:
    """g(x) = x + 0.5 for x >= 0, else sigmoid(x): keeps the state of the minimal cells positive
    (Feng et al. 2024).
    """
    return xp.where(x >= 0, x + 0.5, activation(xp, "sigmoid")(x))


class StandardOperations:
    """A linear cell's layer for plain keras, without rnnkit: a dense layer and arithmetic, with the
    call of a recurrent layer.
    """

    def __init__(self, cell: LinearCell[Any], spec: LinearSpec, layer: Layer):
        self.return_state = False
        self._cell, self._spec, self._layer = cell, spec, layer

    def __call__(self, x: Any, initial_state: Sequence[Any] = (), mask: Any = None) -> Any:
        import keras

        spec, name = self._spec, self._layer.name
        arrays = [x, *initial_state, *([] if mask is None else [mask])]
        inputs = [keras.Input(array.shape[1:], dtype=array.dtype) for array in arrays]
        features, *rest = inputs
        width = self._cell.blocks * spec.units
        projected = keras.layers.Dense(width, name=f"{name}_projection")(features)
        decay, inflow = self._cell._coefficients(
            projected, spec, None if mask is None else rest[-1]
        )
        states = by_doubling(decay, inflow, rest[0] if initial_state else None)
        outputs = states if self._layer.sequence else states[:, -1]
        answers = [outputs, states[:, -1]] if self.return_state else outputs
        return keras.Model(inputs, answers, name=name)(arrays)


def by_doubling(decay: Any, inflow: Any, start: Any) -> Any:
    """h_t = decay_t h_{t-1} + inflow_t in log2(timesteps) rounds of products and sums (Hillis and
    Steele 1986). Without exponentials and quotients, nothing overflows for |decay| <= 1.

    After each round the coefficients of a step span twice as many steps.
    """
    from keras import ops

    if start is not None:
        first = is_first(decay)[:, :, None]
        inflow = ops.where(first, inflow + decay * start[:, None], inflow)
    steps = decay.shape[1]
    for round_number in range(DOUBLINGS if steps is None else (steps - 1).bit_length()):
        span = 2**round_number
        inflow = inflow + decay * _later(inflow, span)
        decay = decay * _later(decay, span)
    return inflow


def _later(x: Any, steps: int) -> Any:
    """The sequence shifted by some steps, zeros first; LiteRT has no `roll`."""
    from keras import ops

    return ops.concatenate([ops.zeros_like(x[:, :steps]), x[:, :-steps]], axis=1)
