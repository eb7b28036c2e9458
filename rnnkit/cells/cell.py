"""The contract of a recurrent cell: shapes, equation, keras layer, the name of a kernel."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import numpy as np

from rnnkit.architecture import Layer, Shape
from rnnkit.models.activations import ACTIVATIONS

Namespace = Any
"""What an equation is written in: the module `numpy`, or `keras.ops`."""
Array = Any
"""An array of that namespace."""
State = tuple[Array, ...]
"""What a cell carries from one step to the next, each (batch, units); the first is its output."""
Weights = Mapping[str, Array]

S = TypeVar("S", contravariant=True)


class Cell(Protocol[S]):
    """A recurrent cell whose layer has a spec of type S.

    The NumPy engine answers by `project` and `step`. So does keras, through `keras_layer`, unless
    the cell has a layer of keras' own.
    """

    states: int = 1
    """The number of arrays in the state."""
    kernel: str | None = None
    """The name of the fused CPU kernel that computes the same (`rnnkit.kernels`), where there is
    one."""
    exports: bool = False
    """Whether plain keras, without rnnkit, opens the keras layer of `spec.for_export()`."""

    @abstractmethod
    def shapes(self, features: int | None, units: int) -> dict[str, Shape]:
        """The weights of one direction, in Keras' order."""

    def project(self, xp: Namespace, x: Array, weights: Weights) -> Array:
        """What does not depend on the state, for every step in one product: x W + b, (batch,
        timesteps, ...) of (batch, timesteps, features).
        """
        return xp.matmul(x, weights["kernel"]) + weights["bias"]

    @abstractmethod
    def step(
        self, xp: Namespace, projected: Array, state: State, weights: Weights, spec: S
    ) -> tuple[Array, State]:
        """One step.

        Args:
            xp: The array namespace.
            projected: This step of what `project` gives, (batch, ...).
            state: The state before the step.
            weights: By the names of `shapes`.
            spec: The layer's settings.

        Returns:
            The output, (batch, units), and the new state.
        """

    def scan(
        self, projected: Array, state: State, weights: Weights, spec: S, is_real: Array | None
    ) -> tuple[Array, State]:
        """All steps in keras operations, for training.

        Args:
            projected: What `project` gives.
            state: The state before the first step.
            weights: By the names of `shapes`.
            spec: The layer's settings.
            is_real: (batch, timesteps) booleans, None where every step is; elsewhere the state
                does not change.

        Returns:
            Every step's output, (batch, timesteps, units), and the state after the last step.
        """
        from keras import ops

        def step(carried: State, inputs: Array) -> tuple[State, State]:
            _, *before = carried
            own = inputs if is_real is None else inputs[..., :-1]
            output, after = self.step(ops, own, tuple(before), weights, spec)
            if is_real is not None:
                real = inputs[..., -1:] > 0
                after = tuple(
                    ops.where(real, new, old) for new, old in zip(after, before, strict=True)
                )
            return (output, *after), (output, *after)

        # One array for both: keras' scan on TensorFlow takes one sequence of unknown length.
        if is_real is not None:
            marks = ops.cast(ops.expand_dims(is_real, -1), projected.dtype)
            projected = ops.concatenate([projected, marks], axis=-1)
        time_first = ops.swapaxes(projected, 0, 1)
        (_, *after), (outputs, *_) = ops.scan(step, (state[0], *state), time_first)
        return ops.swapaxes(outputs, 0, 1), tuple(after)

    def keras_layer(self, spec: S, layer: Layer) -> Any:
        """The keras layer that reads forwards, named `layer.name`; it gives every step where
        `layer.sequence`, and can be called with `mask` and `initial_state`.
        """
        from rnnkit.cells.layer import cell_layer

        return cell_layer(self, spec, layer)


def activation(xp: Namespace, name: str) -> Callable[[Array], Array]:
    """An activation by the name that a config gives it."""
    function: Callable[[Array], Array]
    if xp is np:
        return ACTIVATIONS[name]
    if by_name := getattr(xp, "activation", None):
        function = by_name(name)
    else:
        import keras

        function = keras.activations.get(name)
    return function
