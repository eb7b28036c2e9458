"""The contract of a recurrent cell: shapes, equation, keras layer, the name of a kernel."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import numpy as np

from rnnkit.architecture import Layer, Shape
from rnnkit.models.activations import ACTIVATIONS

Namespace = Any
"""The array namespace in which an equation is written: the module `numpy`, or `keras.ops`."""
Array = Any
"""An array of that namespace."""
State = tuple[Array, ...]
"""The arrays that a cell carries from step to step, each (batch, units); the first is its output.
"""
Weights = Mapping[str, Array]

S = TypeVar("S", contravariant=True)


class Cell(Protocol[S]):
    """A recurrent cell whose layer has a spec of type S.

    The NumPy engine computes `project` and `step`. So does keras, through `keras_layer`, unless
    the cell has a layer of keras' own.
    """

    states: int = 1
    """The number of arrays in the state."""
    kernel: str | None = None
    """The name of the fused CPU kernel for this cell (`rnnkit.kernels`); None if there is none."""
    exports: bool = False
    """Whether plain keras, without rnnkit, opens the keras layer of `spec.for_export()`."""

    @abstractmethod
    def shapes(self, features: int | None, units: int) -> dict[str, Shape]:
        """The weights of one direction, in Keras' order."""

    def project(self, xp: Namespace, x: Array, weights: Weights) -> Array:
        """The part of all steps that does not depend on the state, in one product: x W + b, from
        (batch, timesteps, features) to (batch, timesteps, ...).
        """
        return xp.matmul(x, weights["kernel"]) + weights["bias"]

    @abstractmethod
    def step(
        self, xp: Namespace, projected: Array, state: State, weights: Weights, spec: S
    ) -> tuple[Array, State]:
        """One step.

        Args:
            xp: The array namespace.
            projected: The result of `project` at this step, (batch, ...).
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
            projected: The result of `project`.
            state: The state before the first step.
            weights: By the names of `shapes`.
            spec: The layer's settings.
            is_real: (batch, timesteps) booleans: steps that are not padding. Padding does not
                change the state. None if there is none.

        Returns:
            Every step's output, (batch, timesteps, units), and the state after the last step.
        """
        from keras import ops

        def step(carried: State, inputs: Array) -> tuple[State, State]:
            _, *before = carried
            current = inputs if is_real is None else inputs[..., :-1]
            output, after = self.step(ops, current, tuple(before), weights, spec)
            if is_real is not None:
                real = inputs[..., -1:] > 0
                after = tuple(
                    ops.where(real, new, old) for new, old in zip(after, before, strict=True)
                )
            return (output, *after), (output, *after)

        # Joined, because keras' scan on TensorFlow takes a single sequence of unknown length.
        if is_real is not None:
            marks = ops.cast(ops.expand_dims(is_real, -1), projected.dtype)
            projected = ops.concatenate([projected, marks], axis=-1)
        time_first = ops.swapaxes(projected, 0, 1)
        (_, *after), (outputs, *_) = ops.scan(step, (state[0], *state), time_first)
        return ops.swapaxes(outputs, 0, 1), tuple(after)

    def keras_layer(self, spec: S, layer: Layer) -> Any:
        """The keras layer of the forward direction, named `layer.name`. It returns every step if
        `layer.sequence`, and can be called with `mask` and `initial_state`.
        """
        from rnnkit.cells.layer import cell_layer

        return cell_layer(self, spec, layer)


def activation(xp: Namespace, name: str) -> Callable[[Array], Array]:
    """An activation by its name in a config, as a function of a namespace's arrays."""
    function: Callable[[Array], Array]
    if xp is np:
        return ACTIVATIONS[name]
    if by_name := getattr(xp, "activation", None):
        function = by_name(name)
    else:
        import keras

        function = keras.activations.get(name)
    return function
