"""The keras layer of a cell that keras does not have: for training only, as plain keras could not
open it in `model.keras`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from rnnkit.architecture import Layer
from rnnkit.backend.precision import full
from rnnkit.cells.steps import Steps
from rnnkit.cells.trained import TrainedSpec
from rnnkit.errors import at

if TYPE_CHECKING:
    from rnnkit.cells.cell import Cell


def cell_layer(cell: Cell[Any], spec: Any, layer: Layer) -> Any:
    """A keras layer that runs a cell's equation, with the call of keras' own recurrent layers."""
    return _cell_layer_class()(cell, spec, return_sequences=layer.sequence, name=layer.name)


@cache
def _cell_layer_class() -> Any:
    import keras
    from keras import ops

    class CellLayer(keras.layers.Layer):
        """Runs a cell over (batch, timesteps, features)."""

        def __init__(self, cell: Cell[Any], spec: Any, *, return_sequences: bool, name: str):
            is_full = isinstance(spec, TrainedSpec) and spec.is_full()
            super().__init__(name=name, **(full() if is_full else {}))
            self.supports_masking = True
            self.return_sequences, self.return_state = return_sequences, False
            self.go_backwards = self.keeps_places = False
            self._cell, self._spec = cell, spec
            self._is_fused = isinstance(spec, TrainedSpec) and spec.is_fused()
            self._drop = keras.layers.SpatialDropout1D(spec.dropout) if spec.dropout else None
            self._cell_weights: dict[str, Any] = {}

        def build(self, input_shape: Any) -> None:
            for name, shape in self._cell.shapes(input_shape[-1], self._spec.units).items():
                self._cell_weights[name] = self.add_weight(
                    name=name, shape=shape, initializer=self._spec.initializer(name).build()
                )

        def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
            return None  # later layers handle padding by its lengths, not by a mask

        def call(
            self,
            x: Any,
            initial_state: Any = None,
            mask: Any = None,
            training: bool = False,
            lengths: Any = None,
        ) -> Any:
            if self._drop is not None:
                x = self._drop(x, training=training)
            if self._is_fused and mask is None:
                counts = [] if lengths is None else [lengths]
                steps = self._steps(bool(counts), from_zeros=initial_state is None)
                with at(self.name):
                    outputs, *state = steps(
                        [x, *self._cell_weights.values(), *(initial_state or ())], counts, training
                    )
            else:
                if initial_state is None:
                    zeros = ops.zeros((ops.shape(x)[0], self._spec.units), x.dtype)
                    initial_state = (zeros,) * self._cell.states
                states, state = _scan(
                    self._cell, self._spec, self._cell_weights, x, initial_state, mask
                )
                outputs = states if self.return_sequences else states[:, -1]
            return [outputs, *state] if self.return_state else outputs

        def _steps(self, ragged: bool, *, from_zeros: bool) -> Steps:
            kernel, reverse = self._spec.kernel, self.go_backwards
            return Steps(kernel, self.return_sequences, reverse, ragged, from_zeros)

    return CellLayer


def _scan(
    cell: Cell[Any], spec: Any, variables: dict[str, Any], x: Any, state: Any, mask: Any
) -> Any:
    """Every step's output, and the final state, by the cell's equation."""
    from keras import ops

    weights = {name: ops.convert_to_tensor(variable) for name, variable in variables.items()}
    return cell.scan(cell.project(ops, x, weights), tuple(state), weights, spec, mask)
