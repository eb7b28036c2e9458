"""Builds a functional keras.Model from the resolved list of layers, and gives its weights names."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.architecture import Architecture, Layer
from rnnkit.models.lengths import last_step

States = dict[str, Sequence[Any]]
"""The symbolic states of each recurrent layer, by the layer's name."""


def build_model(architecture: Architecture) -> Any:
    """A functional keras.Model whose layers have the names of `architecture`.

    Its input is (batch, timesteps) token ids or (batch, timesteps, features) numbers. A conditioned
    model also takes (batch, features), one with an encoder (batch, source timesteps) token ids. Its
    output is logits.
    """
    import keras

    inputs = keras.Input(architecture.input_shape, dtype=architecture.input_dtype, name="inputs")
    if architecture.condition is not None:
        memory: Sequence[Any] = ()
        if architecture.encoder is not None:
            source = keras.Input(
                architecture.encoder.input_shape,
                dtype=architecture.encoder.input_dtype,
                name="source",
            )
            condition, *memory = build_encoder(architecture.encoder)(source)
        else:
            source = condition = keras.Input(architecture.condition.inputs, name="condition_inputs")
        initial = iter(architecture.condition.spec.build(architecture.condition)(condition))
        before: States = {
            name: [next(initial) for _ in shapes] for name, shapes in architecture.states().items()
        }
        if architecture.attention:
            before[architecture.attention.name] = memory
        return keras.Model(
            [inputs, source], _chain(architecture, inputs, before, None)[0], name=architecture.name
        )
    lengths = _lengths(architecture, inputs) if architecture.padded else None
    return keras.Model(inputs, _chain(architecture, inputs, {}, lengths)[0], name=architecture.name)


def build_encoder(architecture: Architecture) -> Any:
    """A keras.Model of an encoder, from (batch, timesteps) token ids to its final states, (batch,
    features), and its memory.

    The memory is its output at every step, (batch, timesteps, features), and the number of real
    steps, (batch,).
    """
    import keras

    inputs = keras.Input(architecture.input_shape, dtype=architecture.input_dtype, name="inputs")
    lengths = _lengths(architecture, inputs)
    first, *others = architecture.layers
    outputs, last = first.spec.build(first)(inputs), []
    for layer in others:
        outputs = layer.spec.connect(layer, outputs, lengths if architecture.padded else None)
        if layer.spec.state_shapes(layer.inputs):
            last += _last_states(layer, outputs, lengths)
    return keras.Model(
        inputs, [keras.ops.concatenate(last, axis=-1), outputs, lengths], name="encoder"
    )


def _lengths(architecture: Architecture, inputs: Any) -> Any:
    from keras import ops

    is_padding = architecture.input_spec.is_padding(ops, inputs)
    is_step = (
        ops.logical_not(is_padding)
        if architecture.padded
        else ops.ones_like(is_padding, dtype="bool")
    )
    return ops.maximum(
        ops.sum(ops.cast(is_step, "int32"), axis=1), 1
    )  # an empty sequence counts as one step


def _last_states(layer: Layer, states: Any, lengths: Any) -> list[Any]:
    """The final state of each direction of a recurrent layer, (batch, units): the backward one ends
    at the first step.
    """
    if not layer.spec.reads_backwards:
        return [last_step(states, lengths)]
    units = states.shape[-1] // 2
    return [last_step(states[:, :, :units], lengths), states[:, 0, units:]]


def build_stream(architecture: Architecture) -> Any:
    """The same model with its state as input and output: [tokens, *states] to [logits at every
    step, *new states].

    The states are those of `architecture.states()`, layer by layer, each (batch, units), and the
    memory that attention reads.
    """
    import keras

    inputs = keras.Input(architecture.input_shape, dtype=architecture.input_dtype, name="inputs")
    before: States = {
        layer.name: [keras.Input(shape, dtype=dtype) for shape, dtype in arrays]
        for layer in architecture.layers
        if (arrays := layer.spec.state_inputs(layer.inputs))
    }
    outputs, after = _chain(architecture, inputs, before, None)
    return keras.Model(
        [inputs, *itertools.chain(*before.values())],
        [outputs, *itertools.chain(*after.values())],
        name=architecture.name,
    )


def _chain(
    architecture: Architecture, inputs: Any, before: States, lengths: Any
) -> tuple[Any, States]:
    """The output of the list of layers, and the states after the last step.

    Args:
        architecture: The list of layers.
        inputs: The symbolic data.
        before: The initial states of the layers that have one.
        lengths: (batch,) real steps; None if no step is padding.
    """
    from keras import ops

    first, *others = architecture.layers
    embedding = first.spec.build(first)
    data = inputs if lengths is None else architecture.input_spec.without_padding(ops, inputs)
    outputs, after = embedding(data), dict(before)
    for layer in others:
        if layer.name in before:
            outputs, after[layer.name] = layer.spec.continue_from(
                layer, outputs, before[layer.name]
            )
        else:
            outputs = (
                embedding(outputs, reverse=True)
                if layer.ties
                else layer.spec.connect(layer, outputs, lengths)
            )
    return outputs, after


def get_weights(model: Any, architecture: Architecture) -> dict[str, np.ndarray]:
    """The weights as arrays, "layer/weight" to values, in the order of the layers."""
    return {name: np.asarray(variable) for name, variable in variables(model, architecture).items()}


def set_weights(model: Any, architecture: Architecture, weights: dict[str, np.ndarray]) -> None:
    """Assigns `weights` to the model; names and shapes must be exactly the model's."""
    by_name = variables(model, architecture)
    if by_name.keys() != weights.keys():
        raise ValueError(f"weights {sorted(weights)} do not fit the model's {sorted(by_name)}")
    for name, variable in by_name.items():
        variable.assign(weights[name])


def variables(model: Any, architecture: Architecture) -> dict[str, Any]:
    """The model's variables by "layer/weight", in the order of the layers."""
    return {
        f"{layer.name}/{key}": variable
        for layer in architecture.all_layers
        if not layer.ties
        for key, variable in zip(
            _weight_names(model, layer),
            layer.spec.variables(_keras_layer(model, layer.name)),
            strict=True,
        )
    }


def _keras_layer(model: Any, name: str) -> Any:
    """The keras layer of this name; "encoder/NAME" is a layer of the nested model."""
    for part in name.split("/"):
        model = model.get_layer(part)
    return model


def _weight_names(model: Any, layer: Layer) -> list[str]:
    if layer.weights is not None:
        return list(layer.weights)
    # A user's layer need not declare its weights: then Keras' names, numbered, as they may repeat.
    return [
        f"{index}_{variable.name}"
        for index, variable in enumerate(_keras_layer(model, layer.name).weights)
    ]
