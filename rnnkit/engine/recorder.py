"""The engine with a record of the inputs and outputs of each layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnkit.architecture import Architecture, Layer
from rnnkit.engine.forward import Engine, Weights
from rnnkit.engine.recurrent import State, States, weights_below

Array = np.ndarray


@dataclass(frozen=True)
class LayerCall:
    """One call of a layer.

    Args:
        layer: The layer.
        inputs: (batch, timesteps, ...).
        outputs: (batch, ...).
        weights: The layer's weights.
        state: The state before the first step; None for zeros, or for a stateless layer.
        lengths: (batch,) steps that are not padding.
    """

    layer: Layer
    inputs: Array
    outputs: Array
    weights: Weights
    state: State | None
    lengths: Array


@dataclass(frozen=True)
class Call:
    """One call of a model.

    Args:
        inputs: (batch, timesteps) token ids or (batch, timesteps, features) numbers.
        encodes: Whether this is a call of the encoder.
        layers: The calls of its layers, from the first.
        condition: The condition from which the initial states are computed, (batch, features); None
            if they are zeros, carried over, or computed from a source.
    """

    inputs: Array
    encodes: bool = False
    layers: list[LayerCall] = field(default_factory=list)
    condition: Array | None = None

    def name_of(self, layer: Layer) -> str:
        """A layer's name in the whole model; "encoder/NAME" for a layer of an encoder."""
        return f"encoder/{layer.name}" if self.encodes else layer.name


class Recorder(Engine):
    """Computes what the engine does, by NumPy alone, and records each call.

    Args:
        architecture: The resolved list of layers.
        weights: "layer/weight" to float32 arrays.
    """

    def __init__(self, architecture: Architecture, weights: Weights, *, encodes: bool = False):
        super().__init__(architecture, weights, by_kernels=False)
        self.calls: list[Call] = []
        self._encodes = encodes
        self._condition: Array | None = None
        if architecture.encoder:
            encoder = type(self)(
                architecture.encoder, weights_below("encoder", weights), encodes=True
            )
            encoder.calls = self.calls
            self._encoder = encoder

    def outputs(self, inputs: Array) -> Array:
        self._begin(inputs)
        return super().outputs(inputs)

    __call__ = outputs

    def encode(self, inputs: Array) -> tuple[Array, Array, Array]:
        self._begin(inputs)
        return super().encode(inputs)

    def init_state(self, batch: int, condition: Array | None = None) -> States:
        if self._encoder is None:
            self._condition = condition
        return super().init_state(batch, condition)

    def step(self, inputs: Array, states: States) -> tuple[Array, States]:
        self._begin(inputs)
        return super().step(inputs, states)

    def windows(self, window: int) -> None:
        """None: each window is read as a whole, so that it can be shown."""

    def _begin(self, inputs: Array) -> None:
        self.calls.append(Call(inputs, self._encodes, condition=self._condition))
        self._condition = None

    def _forward(self, x: Any, weights: Weights, layer: Layer, lengths: Array) -> Any:
        outputs = super()._forward(x, weights, layer, lengths)
        self._keep(LayerCall(layer, x, outputs, weights, None, lengths))
        return outputs

    def _forward_between(self, x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
        return self._forward(x, weights, layer, lengths)

    def _forward_from(
        self, x: Array, state: State, weights: Weights, layer: Layer
    ) -> tuple[Array, State]:
        outputs, after = super()._forward_from(x, state, weights, layer)
        lengths = np.full(len(x), x.shape[1])
        self._keep(LayerCall(layer, x, outputs, weights, state, lengths))
        return outputs, after

    def _keep(self, call: LayerCall) -> None:
        self.calls[-1].layers.append(call)
