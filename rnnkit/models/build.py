"""From the resolved list of layers to a functional keras.Model, and its weights by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnkit.architecture import PADDING, Architecture, Layer


def build_model(architecture: Architecture) -> Any:
    """A functional keras.Model whose layers carry the names of `architecture`.

    Input (batch, timesteps) token ids or (batch, timesteps, features) numbers; output logits, without softmax.
    """
    import keras

    inputs = keras.Input(architecture.input_shape, dtype=architecture.input_dtype, name="inputs")
    lengths = None
    if architecture.padded:
        tokens = keras.ops.sum(keras.ops.cast(keras.ops.not_equal(inputs, PADDING), "int32"), axis=1)
        lengths = keras.ops.maximum(tokens, 1)  # an empty sequence counts as one step
    outputs = inputs
    for layer in architecture.layers:
        outputs = layer.spec.connect(layer, outputs, lengths)
    return keras.Model(inputs, outputs, name=architecture.name)


def get_weights(model: Any, architecture: Architecture) -> dict[str, np.ndarray]:
    """The weights as arrays, "layer/weight" to values, in the order of the layers."""
    return {name: np.asarray(variable) for name, variable in _variables(model, architecture).items()}


def set_weights(model: Any, architecture: Architecture, weights: dict[str, np.ndarray]) -> None:
    """Puts `weights` into the model; names and shapes must be exactly its own."""
    variables = _variables(model, architecture)
    if variables.keys() != weights.keys():
        raise ValueError(f"weights {sorted(weights)} do not fit the model's {sorted(variables)}")
    for name, variable in variables.items():
        variable.assign(weights[name])


def _variables(model: Any, architecture: Architecture) -> dict[str, Any]:
    return {
        f"{layer.name}/{key}": variable
        for layer in architecture.layers
        for key, variable in zip(_weight_names(model, layer), layer.spec.variables(model.get_layer(layer.name)), strict=True)
    }


def _weight_names(model: Any, layer: Layer) -> list[str]:
    if layer.weights is not None:
        return list(layer.weights)
    # A user's layer need not declare its weights: Keras' own names, numbered, because they may repeat.
    return [f"{index}_{variable.name}" for index, variable in enumerate(model.get_layer(layer.name).weights)]
