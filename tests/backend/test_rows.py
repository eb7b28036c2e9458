"""A step whose loss and whose embedding's gradient a kernel computes, against keras' operations."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit import backend
from rnnkit.backend.host import allowed
from rnnkit.backend.rows import cross_entropy, distinct
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.models.build import build_stream, get_weights, set_weights
from rnnkit.models.layers.embedding import Embedding
from rnnkit.registry import lookup
from rnnkit.tasks.next_token import next_token_objective
from tests.helpers.random_models import random_weights
from tests.helpers.streams import stream, tokens

pytestmark = pytest.mark.backend


@pytest.mark.parametrize(
    ("optimizer", "clip_norm"),
    [
        pytest.param("sgd", None, marks=pytest.mark.soak),
        ("sgd", 0.1),
        pytest.param("adamw", None, marks=pytest.mark.soak),
    ],
)
def test_train_step_by_kernels_is_keras(optimizer: str, clip_norm: float | None) -> None:
    """Some steps of a stream, steps of weight zero and tokens that come several times among
    them."""
    model = stream(Embedding(dim=3), SimpleRNN(units=3), vocabulary=9)
    weights, text = random_weights(model, 0), tokens(model, 0, 4, 13)
    counted = np.ones((4, 6), np.float32)
    counted[:, -1] = 0
    after, sums = [], []
    for kernels in (False, True):
        built = build_stream(model)
        set_weights(built, model, weights)
        step = backend.train_step(
            built,
            lookup("optimizer", optimizer)().build(0.1, clip_norm, None),
            next_token_objective(),
            (np.zeros((4, 3), np.float32),),
            kernels=kernels,
        )
        for start in (0, 6):
            chunk = text[:, start : start + 6], text[:, start + 1 : start + 7]
            sums.append(list(step(*chunk, counted, 0.1).values()))
        step.sync()
        after.append(get_weights(built, model))
    np.testing.assert_allclose(sums[:2], sums[2:], rtol=1e-5)
    for name, array in after[1].items():
        np.testing.assert_allclose(array, after[0][name], atol=1e-5, err_msg=name)
        assert np.abs(array - weights[name]).max() > 1e-4


def test_distinct_rows_are_found_in_the_order_of_their_first_place() -> None:
    ids = np.array([[7, 8, 0, 0], [0, 0, 0, 0], [7, 8, 0, 0], [7, 0, 9, 0], [7, 8, 9, 0]], np.int32)
    rows, places = map(np.asarray, distinct(ids))
    if backend.current() == "tensorflow":
        assert rows.tolist() == [[7, 8, 0], [0, 0, 0], [7, 0, 9], [7, 8, 9]]
        assert places.tolist() == [0, 1, 0, 2, 3]
    else:  # XLA compiles a step for each shape
        assert rows.tolist() == ids.tolist()
        assert places.tolist() == [0, 1, 2, 3, 4]
    with allowed(False):
        assert np.asarray(distinct(ids)[0]).tolist() == ids.tolist()


def test_distinct_rows_of_padding_alone_keep_a_column() -> None:
    rows, places = map(np.asarray, distinct(np.zeros((2, 3), np.int32)))
    assert not rows.any()
    assert rows.shape[1] >= 1
    assert rows[places].shape[0] == 2


@pytest.mark.skipif(backend.current() != "tensorflow", reason="on JAX it is keras' own")
def test_cross_entropy_has_second_derivatives() -> None:
    """Of a softmax p: the Hessian is diag(p) - p p'."""
    import tensorflow as tf

    logits = tf.constant(np.random.default_rng(1).normal(size=(1, 4)).astype(np.float32))
    with tf.GradientTape() as outer:
        outer.watch(logits)
        with tf.GradientTape() as inner:
            inner.watch(logits)
            nats, _ = cross_entropy(tf.constant([2]), logits)
        gradient = inner.gradient(nats, logits)
    p = tf.nn.softmax(logits).numpy()[0]
    found = outer.jacobian(gradient, logits).numpy()[0, :, 0]
    np.testing.assert_allclose(found, np.diag(p) - np.outer(p, p), atol=1e-6)
