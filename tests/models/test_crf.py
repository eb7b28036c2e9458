"""The conditional random field in keras: loss, gradient and best labels against all sequences of
labels, and the layer against the engine.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit import backend
from rnnkit.architecture import Architecture, Interface, resolve
from rnnkit.cells.lstm import LSTM
from rnnkit.engine.crf import decode
from rnnkit.engine.forward import Engine
from rnnkit.models.build import build_model, get_weights
from rnnkit.models.crf import best_labels, nats_and_hits, negative_log_likelihood
from rnnkit.models.layers.crf import CRF
from rnnkit.models.layers.embedding import Embedding
from tests.engine.test_crf import all_scores, random_potentials
from tests.helpers.random_models import (
    assert_engine_is_keras_at_each_step,
    keras_model,
    random_inputs,
    random_weights,
)

LENGTHS = np.array([4, 1, 3, 0])  # the last is a row that fills a batch up
WEIGHTS = (np.arange(4) < LENGTHS[:, None]).astype(np.float32)


LOSSES = {
    "operations": negative_log_likelihood,
    "kernel, where there is one": lambda *tensors: nats_and_hits(*tensors)[0],
}


def tagger(labels: int = 3, padded: bool = True) -> Architecture:
    """Words to potentials."""
    return resolve(
        "tagger",
        Embedding(dim=3),
        [LSTM(units=2, bidirectional=True)],
        {"crf": CRF(labels=labels)},
        Interface(timesteps=None, features=7, sequence_output=True, padded=padded),
    )


def probabilities(potentials: np.ndarray) -> dict[tuple[int, ...], float]:
    scores = all_scores(potentials)
    total = np.logaddexp.reduce([*scores.values()])
    return {way: float(np.exp(score - total)) for way, score in scores.items()}


@pytest.mark.backend
@pytest.mark.parametrize("loss", LOSSES)
def test_negative_log_likelihood_by_all_label_sequences(loss: str) -> None:
    from keras import ops

    potentials = random_potentials(3, 4, 4, 3)
    labels = np.random.default_rng(4).integers(0, 3, (4, 4)).astype(np.int32)
    found = ops.convert_to_numpy(
        LOSSES[loss](
            ops.convert_to_tensor(potentials),
            ops.convert_to_tensor(labels),
            ops.convert_to_tensor(WEIGHTS),
        )
    )
    for row, length in enumerate(LENGTHS):
        expected = (
            -np.log(probabilities(potentials[row, :length])[tuple(map(int, labels[row, :length]))])
            if length
            else 0.0
        )
        assert found[row] == pytest.approx(expected, abs=1e-5)


@pytest.mark.backend
@pytest.mark.parametrize("loss", LOSSES)
def test_negative_log_likelihood_gradient_by_pair_probabilities(loss: str) -> None:
    """d(-log p)/d(potential of a pair) = how probable the pair is there, less 1 where it is the
    true one: counted over all ways.
    """
    import keras

    potentials = random_potentials(5, 4, 4, 3)
    labels = np.random.default_rng(6).integers(0, 3, (4, 4)).astype(np.int32)
    expected = np.zeros_like(potentials)
    for row, length in enumerate(LENGTHS[:3]):
        for way, probability in probabilities(potentials[row, :length]).items():
            for step, label in enumerate(way):
                expected[row, step, way[step - 1] if step else 0, label] += probability
        for step, label in enumerate(labels[row, :length]):
            expected[row, step, labels[row, step - 1] if step else 0, label] -= 1
    np.testing.assert_allclose(
        gradient(LOSSES[loss], potentials, labels, keras.backend.backend()), expected, atol=1e-5
    )


def gradient(
    of: Callable[..., Any], potentials: np.ndarray, labels: np.ndarray, backend: str
) -> np.ndarray:
    """Of the sum of the losses, by the backend's own differentiation."""
    from keras import ops

    def loss(x: Any) -> Any:
        return ops.sum(of(x, ops.convert_to_tensor(labels), ops.convert_to_tensor(WEIGHTS)))

    if backend == "jax":
        import jax

        return np.asarray(jax.grad(loss)(potentials))
    import tensorflow as tf

    x = tf.Variable(potentials)
    with tf.GradientTape() as tape:
        total = loss(x)
    return np.asarray(tf.convert_to_tensor(tape.gradient(total, x)))


@pytest.mark.backend
def test_hits_are_where_the_best_labels_are_right() -> None:
    from keras import ops

    potentials = ops.convert_to_tensor(random_potentials(7, 4, 4, 3))
    labels = np.random.default_rng(8).integers(0, 3, (4, 4)).astype(np.int32)
    best = ops.convert_to_numpy(best_labels(potentials, ops.convert_to_tensor(WEIGHTS)))
    hits = nats_and_hits(potentials, ops.convert_to_tensor(labels), ops.convert_to_tensor(WEIGHTS))
    np.testing.assert_array_equal(ops.convert_to_numpy(hits[1]), (best == labels) * WEIGHTS)


@pytest.mark.skipif(backend.current() != "tensorflow", reason="on JAX it is keras' own")
def test_negative_log_likelihood_has_second_derivatives() -> None:
    import tensorflow as tf

    x = tf.constant(random_potentials(9, 4, 4, 3))
    labels, along = tf.zeros((4, 4), tf.int32), tf.constant(random_potentials(10, 4, 4, 3))
    products = []
    for loss in LOSSES.values():
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                total = tf.reduce_sum(loss(x, labels, tf.constant(WEIGHTS)))
            slope = tf.reduce_sum(inner.gradient(total, x) * along)
        products.append(outer.gradient(slope, x).numpy())
    assert np.abs(products[0]).max() > 0.01
    np.testing.assert_allclose(products[1], products[0], atol=1e-5)


@pytest.mark.backend
@pytest.mark.parametrize("seed", range(2))
def test_best_labels_are_those_of_the_engine_and_of_all_sequences(seed: int) -> None:
    from keras import ops

    potentials = random_potentials(seed, 4, 4, 3)
    found = ops.convert_to_numpy(
        best_labels(ops.convert_to_tensor(potentials), ops.convert_to_tensor(WEIGHTS))
    )
    lengths = np.maximum(LENGTHS, 1)
    for row, (labels, _) in enumerate(decode(potentials, lengths)):
        if LENGTHS[row]:
            assert found[row, : lengths[row]].tolist() == labels.tolist()
            ways = all_scores(potentials[row, : lengths[row]])
            assert max(ways, key=lambda way: ways[way]) == tuple(labels.tolist())


@pytest.mark.backend
def test_crf_potentials_of_the_engine_are_those_of_keras() -> None:
    model = tagger()
    assert_engine_is_keras_at_each_step(
        model, random_weights(model, 0), *(random_inputs(model, rows, rows) for rows in (1, 5))
    )


def test_crf_potentials_by_the_equation() -> None:
    """potentials[t, i, j] = x_t W_j + b_j + A[i, j]; in the first step the last row of A, whatever
    i.
    """
    model = resolve(
        "m",
        Embedding(dim=2),
        [],
        {"crf": CRF(labels=2)},
        Interface(timesteps=None, features=4, sequence_output=True),
    )
    weights = random_weights(model, 1)
    words = np.array([[1, 2, 3]], np.int32)
    found = Engine(model, weights)(words)
    for step, i, j in itertools.product(range(3), range(2), range(2)):
        x = weights["embedding/embeddings"][words[0, step]]
        before = weights["crf/transitions"][i if step else 2, j]
        assert found[0, step, i, j] == pytest.approx(
            float(x @ weights["crf/kernel"][:, j] + weights["crf/bias"][j] + before), abs=1e-5
        )


def test_crf_weight_names_and_shapes() -> None:
    model = tagger(labels=4)
    assert {
        name: shape for name, shape in model.weight_shapes().items() if name.startswith("crf/")
    } == {
        "crf/kernel": (4, 4),
        "crf/bias": (4,),
        "crf/transitions": (5, 4),
    }
    assert {
        name: array.shape for name, array in get_weights(build_model(model), model).items()
    } == model.weight_shapes()


def test_crf_for_export_opens_in_plain_keras(tmp_path: Path) -> None:
    import keras

    model = tagger()
    weights, inputs = random_weights(model, 2), random_inputs(model, 2, 3)
    keras_model(model.for_export(), weights).save(tmp_path / "model.keras")
    opened = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        np.asarray(opened(inputs))[inputs > 0],
        Engine(model, weights)(inputs)[inputs > 0],
        atol=1e-4,
    )
