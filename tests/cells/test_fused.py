"""Keras' layers by the compiled kernels: the same answers and gradients as keras' own steps."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rnnkit import backend, kernels
from rnnkit.cells.keras_cell import KerasRecurrentSpec
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.min_gru import MinGRU
from rnnkit.cells.recurrent import RecurrentSpec
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.errors import RnnkitError
from rnnkit.models.build import build_model, build_stream, set_weights
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.pool import Pool
from rnnkit.models.layers.word_encoders import Characters
from rnnkit.models.layers.words import Words
from rnnkit.workflows.inspect.speed import recurrent_layers
from tests.cells.equations import in_place
from tests.helpers.random_models import (
    EVERY_RECURRENT,
    architecture,
    random_inputs,
    random_weights,
)
from tests.helpers.streams import stream, tokens

pytestmark = [
    pytest.mark.backend,
    pytest.mark.skipif(
        bool(kernels.why_missing()), reason=kernels.why_missing() or "there are kernels"
    ),
]


def built(spec: RecurrentSpec, kernel: str, padded: bool, sequence: bool) -> Any:
    """A model whose only recurrent layer is computed in this way."""
    after = [Dense(units=3, activation="tanh")] if sequence else []
    body = [spec, *after, *([Pool(mode="mean")] if sequence else [])]
    model = architecture(Embedding(dim=4), *body, timesteps=None, padded=padded)
    keras_model = build_model(model.for_training(kernel))
    set_weights(keras_model, model, random_weights(model, 1, low=0.1, high=0.8))
    return model, keras_model


def names(model: Any) -> list[str]:
    """Of all variables, without the numbers that keras counts up in a process."""
    return [re.sub(r"_\d+", "", variable.path) for variable in model.variables]


def loss_of(outputs: Any) -> Any:
    from keras import ops

    return ops.sum(ops.sin(3 * outputs))


def gradients(model: Any, inputs: np.ndarray, training: bool) -> list[np.ndarray]:
    """The outputs, and the gradient of each variable that is trained."""
    if backend.current() == "jax":
        import jax

        others = [variable.value for variable in model.non_trainable_variables]

        def loss(trainable: Any) -> Any:
            outputs, _ = model.stateless_call(trainable, others, inputs, training=training)
            return loss_of(outputs), outputs

        values = [variable.value for variable in model.trainable_variables]
        (_, outputs), found = jax.jit(jax.value_and_grad(loss, has_aux=True))(values)
        return [np.asarray(outputs), *map(np.asarray, found)]
    import tensorflow as tf

    with tf.GradientTape() as tape:
        outputs = model(inputs, training=training)
        total = loss_of(outputs)
    found = tape.gradient(total, model.trainable_variables)
    return [np.asarray(outputs), *(tf.convert_to_tensor(gradient).numpy() for gradient in found)]


@settings(
    max_examples=min(8, settings.default.max_examples),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    st.sampled_from(EVERY_RECURRENT),
    st.integers(1, 20),
    st.integers(1, 36),
    st.integers(1, 6),
    st.tuples(*[st.booleans()] * 4),
    st.integers(0, 2**32 - 1),
)
def test_fused_is_keras(
    kind: type[RecurrentSpec],
    units: int,
    batch: int,
    steps: int,
    options: tuple[bool, bool, bool, bool],
    seed: int,
) -> None:
    bidirectional, padded, sequence, training = options
    spec = kind(units=units, bidirectional=bidirectional)
    model, by_kernel = built(spec, "fused", padded, sequence)
    _, by_keras = built(spec, "keras", padded, sequence)
    inputs = random_inputs(model, seed, batch, steps)
    found = gradients(by_kernel, inputs, training)
    expected = gradients(by_keras, inputs, training)
    assert [array.shape for array in found] == [array.shape for array in expected]
    # a checkpoint of one is a checkpoint of the other
    assert names(by_kernel) == names(by_keras)
    np.testing.assert_allclose(found[0], expected[0], atol=1e-5)
    for mine, theirs in zip(found[1:], expected[1:], strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4 * max(1.0, float(np.abs(theirs).max())))


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=[pytest.mark.soak] * (kind not in (LSTM, MinGRU)))
        for kind in EVERY_RECURRENT
    ],
)
def test_fused_draws_the_same_dropout(kind: type[RecurrentSpec]) -> None:
    """Of inputs and of weights: the same seed, the same numbers dropped."""
    drops = {"weight_drop": 0.4} if issubclass(kind, KerasRecurrentSpec) else {}
    spec = kind(units=5, dropout=0.4, bidirectional=True, **drops)
    results = []
    for kernel in ("fused", "keras"):
        backend.seed(3)
        model, keras_model = built(spec, kernel, padded=True, sequence=False)
        inputs = random_inputs(model, 4, 12, 4)
        results.append(gradients(keras_model, inputs, training=True))
    for mine, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4 * max(1.0, float(np.abs(theirs).max())))


@pytest.mark.parametrize("kind", EVERY_RECURRENT)
def test_fused_continues_from_a_state(kind: type[RecurrentSpec]) -> None:
    model = stream(Embedding(dim=4), kind(units=5), Dense(units=3))
    weights, ids = random_weights(model, 5), tokens(model, seed=6, batch=7, steps=4)
    states = [
        np.random.default_rng(7).normal(size=(7, size)).astype(np.float32)
        for shapes in model.states().values()
        for (size,) in shapes
    ]
    answers = []
    for kernel in ("fused", "keras"):
        keras_model = build_stream(model.for_training(kernel))
        set_weights(keras_model, model, weights)
        answers.append([np.asarray(array) for array in keras_model([ids, *states])])
    for mine, theirs in zip(*answers, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


def curvature(model: Any, inputs: np.ndarray) -> list[np.ndarray]:
    """The gradient of the squared gradient, by each variable that is trained."""
    values = [variable.value for variable in model.trainable_variables]
    if backend.current() == "jax":
        import jax

        others = [variable.value for variable in model.non_trainable_variables]

        def loss(trainable: Any) -> Any:
            return loss_of(model.stateless_call(trainable, others, inputs, training=True)[0])

        def penalty(trainable: Any) -> Any:
            return sum((gradient**2).sum() for gradient in jax.grad(loss)(trainable))

        return [np.asarray(gradient) for gradient in jax.jit(jax.grad(penalty))(values)]
    import tensorflow as tf

    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            total = loss_of(model(inputs, training=True))
        found = inner.gradient(total, model.trainable_variables)
        penalty = tf.add_n([tf.reduce_sum(tf.convert_to_tensor(one) ** 2) for one in found])
    gradients = outer.gradient(penalty, model.trainable_variables)
    return [tf.convert_to_tensor(gradient).numpy() for gradient in gradients]


@pytest.mark.parametrize(
    ("kind", "bidirectional", "sequence"),
    [
        (SimpleRNN, False, True),
        *(
            pytest.param(kind, both, every, marks=pytest.mark.soak)
            for kind in EVERY_RECURRENT
            for both in (False, True)
            for every in (False, True)
        ),
    ],
)
def test_fused_has_second_derivatives(
    kind: type[RecurrentSpec], bidirectional: bool, sequence: bool
) -> None:
    """Of padded sequences, as a penalty of the gradient asks for them."""
    results = []
    for kernel in ("fused", "keras"):
        spec = kind(units=5, bidirectional=bidirectional)
        model, keras_model = built(spec, kernel, padded=True, sequence=sequence)
        results.append(curvature(keras_model, random_inputs(model, 3, 5, 3)))
    for mine, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4 * max(1.0, float(np.abs(theirs).max())))


@pytest.mark.parametrize("kernel", ["fused", "keras"])
def test_fused_derivatives_forwards(kernel: str) -> None:
    """Of compiled code by its equation, also inside what JAX compiled before; TensorFlow takes them
    by two gradients.
    """
    import keras

    layer = MinGRU(units=3).for_training(kernel)
    built_layer = layer.cell.keras_layer(layer, replace(in_place(layer, 2), name="forward"))
    x = np.random.default_rng(1).normal(size=(2, 4, 2)).astype(np.float32)
    built_layer(x)
    if backend.current() == "jax":
        import jax

        moved = jax.jvp(built_layer, (x,), (x,))[1]
        again = jax.jvp(jax.jit(lambda x: built_layer(x)), (x,), (x,))[1]
        np.testing.assert_allclose(again, moved, atol=1e-6)
        columns = jax.jit(jax.jacfwd(built_layer))(x)
        np.testing.assert_allclose((columns * x).sum((-3, -2, -1)), moved, atol=1e-5)
    else:
        import tensorflow as tf

        tensor = tf.constant(x)
        with tf.autodiff.ForwardAccumulator(tensor, tensor) as forwards:
            outputs = built_layer(tensor)
        moved = forwards.jvp(outputs)
    near, far = (keras.ops.convert_to_numpy(built_layer(x * (1 + by))) for by in (-1e-3, 1e-3))
    np.testing.assert_allclose(np.asarray(moved), (far - near) / 2e-3, atol=2e-3)


def test_fused_reads_the_characters_of_words() -> None:
    words = Words(dim=2, characters=Characters(length=6, dim=2, layers=[LSTM(units=3)]))
    model = architecture(words, LSTM(units=4, bidirectional=True), timesteps=None, padded=True)
    trained = model.for_training("fused")
    choices = {layer.name: spec.choose_kernel() for layer, spec in recurrent_layers(trained)}
    assert {name: choice.kernel for name, choice in choices.items()} == {
        "words/lstm": "fused",
        "lstm": "fused",
    }
    ids = np.random.default_rng(1).integers(0, 5, (9, 4, 7)).astype(np.int32)
    results = []
    for kernel in ("fused", "keras"):
        keras_model = build_model(model.for_training(kernel))
        set_weights(keras_model, model, random_weights(model, 1, low=0.1, high=0.8))
        results.append((names(keras_model), gradients(keras_model, ids, training=True)))
    assert results[0][0] == results[1][0]
    for mine, theirs in zip(results[0][1], results[1][1], strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4 * max(1.0, float(np.abs(theirs).max())))


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        (LSTM(units=2, recurrent_dropout=0.1), "recurrent_dropout"),
        (LSTM(units=2, unroll=True), "unroll"),
        (SimpleRNN(units=2, activation="relu"), "relu"),
    ],
)
def test_layer_class_where_no_kernel_computes_the_layer(
    spec: KerasRecurrentSpec, word: str
) -> None:
    import keras

    base = keras.layers.LSTM
    assert spec.for_training("auto").layer_class(base) is base
    with pytest.raises(RnnkitError, match=f"train.kernel.*{word}"):
        spec.for_training("fused").layer_class(base)


def test_layer_class_is_keras_own_outside_of_training() -> None:
    import keras

    spec = LSTM(units=2)
    assert spec.layer_class(keras.layers.LSTM) is keras.layers.LSTM
    trained = spec.for_training("auto")
    assert issubclass(trained.layer_class(keras.layers.LSTM), keras.layers.LSTM)
    assert trained.layer_class(keras.layers.LSTM) is not keras.layers.LSTM


@pytest.mark.parametrize(
    ("settings", "kernel", "setting"),
    [
        ({}, "fused", ""),
        ({"activation": "relu"}, "generic", "activation"),
        ({"recurrent_activation": "hard_sigmoid"}, "generic", "recurrent_activation"),
        ({"recurrent_dropout": 0.1}, "generic", "recurrent_dropout"),
        ({"unroll": True}, "generic", "unroll"),
    ],
)
def test_choose_kernel_names_the_setting_that_costs_it(
    settings: dict[str, Any], kernel: str, setting: str
) -> None:
    choice = LSTM(units=4, **settings).for_training("auto").choose_kernel()
    assert (choice.kernel, choice.setting) == (kernel, setting)


def test_choose_kernel_heeds_train_kernel() -> None:
    choice = LSTM(units=4).for_training("keras").choose_kernel()
    assert (choice.kernel, choice.setting) == ("generic", "train.kernel")
