"""The resolved list of layers computed by NumPy alone: inference without a framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from functools import partial
from typing import Any

import numpy as np

from rnnkit.architecture import Architecture, Layer, LayerSpec
from rnnkit.cells import RecurrentSpec
from rnnkit.engine import layers
from rnnkit.engine.attention import attention, remember
from rnnkit.engine.fused import Embedded, fused, gathers
from rnnkit.engine.lengths import lengths_of
from rnnkit.engine.recurrent import (
    State,
    States,
    conditioned_states,
    initial_state,
    is_cell_alone,
    last_states,
    recurrent,
    recurrent_from,
    weights_below,
)
from rnnkit.engine.windows import CarriedWindows, why_not_carried
from rnnkit.engine.words import subwords, words
from rnnkit.kernels import Precision
from rnnkit.models.layers.attention import Attention
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.crf import CRF
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from rnnkit.models.layers.tied import Tied
from rnnkit.models.layers.words import Words

Array = np.ndarray
Weights = Mapping[str, Array]


class Engine:
    """Computes the outputs of an architecture with given weights.

    Args:
        architecture: The resolved list of layers.
        weights: "layer/weight" to float32 arrays.
        by_kernels: Whether recurrent layers may be computed by the compiled kernels.
    """

    def __init__(self, architecture: Architecture, weights: Weights, *, by_kernels: bool = True):
        self._architecture = architecture
        self._weights = weights
        self._steps = [
            (layer, weights_below(layer.ties or layer.name, weights))
            for layer in architecture.layers
        ]
        self._fused = fused(self._steps) if by_kernels else {}
        self._rounded: dict[Precision, Engine] = {}
        self._gathers = gathers(architecture, self._fused)
        self._inner = {
            layer.name: Engine(
                inner, weights_below("characters", layer_weights), by_kernels=by_kernels
            )
            for layer, layer_weights in self._steps
            if type(layer.spec) is Words and (inner := layer.spec.inner())
        }
        self._encoder = (
            Engine(architecture.encoder, weights_below("encoder", weights), by_kernels=by_kernels)
            if architecture.encoder
            else None
        )

    @staticmethod
    def unsupported(architecture: Architecture) -> list[str]:
        """The kinds of layers that NumPy cannot compute."""
        nested = [
            kind
            for layer in architecture.layers
            if (inner := layer.spec.inner())
            for kind in Engine.unsupported(inner)
        ]
        kinds = (layer.kind for layer in architecture.layers if not _is_known(layer.spec))
        if architecture.encoder:
            nested += Engine.unsupported(architecture.encoder)
        return sorted({*nested, *kinds})

    def without_kernel(self) -> list[str]:
        """The recurrent layers that no kernel computes."""
        names = [layer.name for layer, _ in self._steps if isinstance(layer.spec, RecurrentSpec)]
        engines = [*self._inner.values(), *filter(None, [self._encoder])]
        nested = [name for engine in engines for name in engine.without_kernel()]
        return [name for name in names if name not in self._fused] + nested

    def rounded(self, precision: Precision) -> Engine | None:
        """The same model with the recurrent layers' weights rounded, so that less memory is read;
        None if no compiled kernel computes one of them.
        """
        if not self._fused:
            return None
        if precision not in self._rounded:
            self._rounded[precision] = other = copy(self)
            other._fused = fused(self._steps, precision)
        return self._rounded[precision]

    def outputs(self, inputs: Array) -> Array:
        """Logits, (batch, ..., outputs), from (batch, timesteps) token ids or (batch, timesteps,
        features) numbers.
        """
        lengths = lengths_of(inputs, self._architecture)
        if self._architecture.padded:
            inputs = self._architecture.input_spec.without_padding(np, inputs)
        for layer, weights in self._steps:
            inputs = self._forward(inputs, weights, layer, lengths)
        return inputs

    __call__ = outputs

    def _forward(self, x: Any, weights: Weights, layer: Layer, lengths: Array) -> Any:
        if layer.name in self._gathers:
            return Embedded(x, weights["embeddings"])
        if layer.name in self._fused and lengths.size:
            return self._fused[layer.name](x, lengths)
        if layer.name in self._inner:
            return words(x, weights, self._inner[layer.name])
        return forward(x, weights, layer, lengths)

    def encode(self, inputs: Array) -> tuple[Array, Array, Array]:
        """An encoder's final states, (batch, features), and its memory, from (batch, timesteps)
        token ids.

        The memory is its output at every step, (batch, timesteps, features), and the number of real
        steps, (batch,).
        """
        lengths, last = lengths_of(inputs, self._architecture), []
        for layer, weights in self._steps:
            inputs = self._forward(inputs, weights, layer, lengths)
            if is_cell_alone(layer.spec):
                last += last_states(layer, inputs, lengths)
        return np.concatenate(last, axis=-1), inputs, lengths

    def init_state(self, batch: int, condition: Array | None = None) -> States:
        """The states of all recurrent layers before the first token: zeros, or computed from a
        (batch, features) condition.

        With an encoder, the condition is a source, (batch, source timesteps), and attention's
        memory belongs to the state.
        """
        states: States = {}
        if self._encoder is not None and condition is not None:
            condition, *memory = self._encoder.encode(condition)
            states = {
                layer.name: remember(memory[0], memory[1], weights)
                for layer, weights in self._steps
                if layer.spec.reads_memory
            }
        zeros = {
            layer.name: initial_state(layer, batch)
            for layer, _ in self._steps
            if is_cell_alone(layer.spec)
        }
        return states | (
            zeros if condition is None else conditioned_states(zeros, condition, self._weights)
        )

    def step(self, inputs: Array, states: States) -> tuple[Array, States]:
        """Logits at each step of (batch, timesteps) token ids, and the states after the last."""
        states, lengths = dict(states), np.full(len(inputs), inputs.shape[1])
        for layer, weights in self._steps:
            if layer.name in states:
                inputs, states[layer.name] = self._forward_from(
                    inputs, states[layer.name], weights, layer
                )
            else:
                inputs = self._forward_between(inputs, weights, layer, lengths)
        return inputs, states

    def _forward_between(self, x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
        """The output of a stateless layer in a stream; a subclass may record it."""
        return forward(x, weights, layer, lengths)

    def windows(self, window: int) -> CarriedWindows | None:
        """A stepper that carries the states of overlapping windows from token to token; None if
        this model's windows must be read as a whole.
        """
        if why_not_carried(self._architecture):
            return None
        return CarriedWindows(self._steps, window, self._forward_from, forward)

    def _forward_from(
        self, x: Array, state: State, weights: Weights, layer: Layer
    ) -> tuple[Array, State]:
        if layer.name in self._fused and x.size:
            return self._fused[layer.name].continue_from(x, state)
        return forward_from(x, state, weights, layer)


def forward(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    """The outputs of one layer; its state, if any, starts at zero."""
    if is_cell_alone(layer.spec):
        return recurrent(x, weights, layer, lengths)
    return FORWARD[type(layer.spec)](x, weights, layer, lengths)


def forward_from(x: Array, state: State, weights: Weights, layer: Layer) -> tuple[Array, State]:
    """The outputs of one stateful layer, and its state after the last step."""
    if is_cell_alone(layer.spec):
        return recurrent_from(x, state, weights, layer)
    return attention(x, state, weights, layer)


def _words(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    inner = layer.spec.inner()
    if inner is None:
        return words(x, weights, partial(subwords, table=weights["subwords/embeddings"]))
    return words(x, weights, Engine(inner, weights_below("characters", weights), by_kernels=False))


def _is_known(spec: LayerSpec) -> bool:
    return is_cell_alone(spec) or type(spec) in FORWARD or type(spec) is Attention


# By the exact class: a user's subclass may compute something else.
FORWARD: dict[type[LayerSpec], Callable[[Array, Weights, Layer, Array], Array]] = {
    CRF: layers.crf,
    Conv: layers.conv,
    Dense: layers.dense,
    Dropout: layers.unchanged,
    Embedding: layers.embedding,
    Numeric: layers.unchanged,
    OneHot: layers.one_hot,
    Pool: layers.pool,
    Tied: layers.tied,
    Words: _words,
}
