"""From the resolved list of layers to a functional keras.Model, and its weights by name."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.architecture import PADDING, Architecture, Layer

States = dict[str, Sequence[Any]]
"""The symbolic states of each recurrent layer, by the layer's name."""


def build_model(architecture: Architecture) -> Any:
    """A functional keras.Model whose layers carry the names of `architecture`.

    Input (batch, timesteps) token ids or (batch, timesteps, features) numbers, and (batch, features) where the model is
    conditioned; output logits, without softmax.
    """
    import keras

    inputs = keras.Input(architecture.input_shape, dtype=architecture.input_dtype, name="inputs")
    if architecture.condition is not None:
        condition = keras.Input(architecture.condition.inputs, name="condition_inputs")
        made = iter(architecture.condition.spec.build(architecture.condition)(condition))
        before: States = {name: [next(made) for _ in shapes] for name, shapes in architecture.states().items()}
        return keras.Model([inputs, condition], _chain(architecture, inputs, before, None)[0], name=architecture.name)
    lengths = None
    if architecture.padded:
        is_token = keras.ops.not_equal(architecture.token_ids(inputs), PADDING)
        tokens = keras.ops.sum(keras.ops.cast(is_token, "int32"), axis=1)
        lengths = keras.ops.maximum(tokens, 1)  # an empty sequence counts as one step
    return keras.Model(inputs, _chain(architecture, inputs, {}, lengths)[0], name=architecture.name)


def build_stream(architecture: Architecture) -> Any:
    """The same model with its state outside: [tokens, *states] to [logits at every step, *new states].

    The states are those of `architecture.states()`, one layer after the other, each (batch, units).
    """
    import keras

    inputs = keras.Input(architecture.input_shape, dtype=architecture.input_dtype, name="inputs")
    before: States = {name: [keras.Input(shape) for shape in shapes] for name, shapes in architecture.states().items()}
    outputs, after = _chain(architecture, inputs, before, None)
    return keras.Model([inputs, *itertools.chain(*before.values())], [outputs, *itertools.chain(*after.values())], name=architecture.name)


def _chain(architecture: Architecture, inputs: Any, before: States, lengths: Any) -> tuple[Any, States]:
    """The outputs of the list of layers, and the states after the last step of those layers that start from one."""
    first, *others = architecture.layers
    embedding = first.spec.build(first)
    outputs, after = embedding(inputs), dict(before)
    for layer in others:
        if layer.name in before:
            outputs, after[layer.name] = layer.spec.go_on(layer, outputs, before[layer.name])
        else:
            outputs = embedding(outputs, reverse=True) if layer.ties else layer.spec.connect(layer, outputs, lengths)
    return outputs, after


def get_weights(model: Any, architecture: Architecture) -> dict[str, np.ndarray]:
    """The weights as arrays, "layer/weight" to values, in the order of the layers."""
    return {name: np.asarray(variable) for name, variable in variables(model, architecture).items()}


def set_weights(model: Any, architecture: Architecture, weights: dict[str, np.ndarray]) -> None:
    """Puts `weights` into the model; names and shapes must be exactly its own."""
    own = variables(model, architecture)
    if own.keys() != weights.keys():
        raise ValueError(f"weights {sorted(weights)} do not fit the model's {sorted(own)}")
    for name, variable in own.items():
        variable.assign(weights[name])


def variables(model: Any, architecture: Architecture) -> dict[str, Any]:
    """The model's own variables, "layer/weight" to variable, in the order of the layers."""
    return {
        f"{layer.name}/{key}": variable
        for layer in architecture.all_layers
        if not layer.ties
        for key, variable in zip(_weight_names(model, layer), layer.spec.variables(model.get_layer(layer.name)), strict=True)
    }


def _weight_names(model: Any, layer: Layer) -> list[str]:
    if layer.weights is not None:
        return list(layer.weights)
    # A user's layer need not declare its weights: Keras' own names, numbered, because they may repeat.
    return [f"{index}_{variable.name}" for index, variable in enumerate(model.get_layer(layer.name).weights)]
